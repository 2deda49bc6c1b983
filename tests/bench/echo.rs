//! The measure for CheckAccess: tonic and nothing else, in a process of its own.
//!
//! It takes the same request and answers a message of the same size; no layer, no identity, no
//! telemetry, no store.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use proto::relationship::v1::access_service_server::{AccessService, AccessServiceServer};
use proto::relationship::v1::{
    AccessDecision, BatchCheckAccessRequest, BatchCheckAccessResponse, CheckAccessRequest,
    CheckAccessResponse, ListAccessRequest, ListAccessResponse, WatchRelationshipsRequest,
    WatchRelationshipsResponse,
};
use tempfile::TempDir;
use tests::{Process, eventually, free_address};
use tokio_stream::Empty;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

/// Any id: only its length counts.
const ID: &str = "0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";

struct Echo;

#[tonic::async_trait]
impl AccessService for Echo {
    async fn check_access(
        &self,
        request: Request<CheckAccessRequest>,
    ) -> Result<Response<CheckAccessResponse>, Status> {
        let partner = request.into_inner().partner;
        let decision = AccessDecision {
            allowed: true,
            relationship: format!("{partner}/relationships/{ID}"),
            privilege: format!("{partner}/privileges/{ID}"),
            ..Default::default()
        };
        Ok(Response::new(CheckAccessResponse {
            decision: Some(decision),
        }))
    }

    async fn batch_check_access(
        &self,
        _: Request<BatchCheckAccessRequest>,
    ) -> Result<Response<BatchCheckAccessResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn list_access(
        &self,
        _: Request<ListAccessRequest>,
    ) -> Result<Response<ListAccessResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    type WatchRelationshipsStream = Empty<Result<WatchRelationshipsResponse, Status>>;

    async fn watch_relationships(
        &self,
        _: Request<WatchRelationshipsRequest>,
    ) -> Result<Response<Self::WatchRelationshipsStream>, Status> {
        Err(Status::unimplemented("not measured"))
    }
}

/// Serves until the process is ended.
pub(crate) async fn serve(address: SocketAddr) {
    Server::builder()
        .add_service(AccessServiceServer::new(Echo))
        .serve(address)
        .await
        .expect("the echo serves");
}

/// The server as a process of its own, which ends with this value.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    _process: Process,
    _folder: TempDir,
}

/// Starts this program again, as the server.
pub(crate) async fn start() -> Running {
    let address = free_address();
    let folder = TempDir::new().expect("a temporary folder");
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    command.arg("echo").arg(address.to_string());
    let process = Process::start(&mut command, &folder.path().join("echo.log"));
    eventually("the echo", Duration::from_secs(10), || async move {
        tokio::net::TcpStream::connect(address).await.ok()
    })
    .await;
    Running {
        address,
        _process: process,
        _folder: folder,
    }
}
