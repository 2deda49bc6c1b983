//! Who calls: the policy of the method decides before the handler runs, and the handler finds the
//! identity in the request. A method without one is answered UNIMPLEMENTED, whatever the routes
//! below may hold.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tonic::Code;

use super::{Layers, refuse};
use crate::error;

pub(super) async fn identify(
    State(layers): State<Arc<Layers>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(access) = layers.methods.access(request.uri().path()) else {
        let message = "there is no such method";
        return refuse(error::status(
            Code::Unimplemented,
            error::DOMAIN,
            "METHOD_UNKNOWN",
            message,
            &[],
        ));
    };
    match layers.authenticator.admit(access, request.headers()).await {
        Ok(identity) => {
            request.extensions_mut().insert(identity);
            request.extensions_mut().insert(access.clone());
            next.run(request).await
        }
        Err(refusal) => refuse(refusal),
    }
}
