//! How a stream of existing business ends before its last message, and that nothing is read ahead
//! of who takes it.

use std::time::Duration;

use directory::Config;
use proto::directory::v1::StreamExistingBusinessResponse;
use tests::{Store, eventually, on_both_stores};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};

use crate::business::{asking, line, many};
use crate::support::{SOON, Service, reason};

on_both_stores!(
    nothing_is_read_ahead,
    a_client_that_goes_away_stops_it,
    a_drain_ends_it_at_once,
);

/// Shorter than what a drain waits before it cuts: who is told sooner was told by the stream
/// itself.
const PROMPTLY: Duration = Duration::from_secs(5);

/// So many large records are twice what the buffers between a service and a client hold, which is
/// some 2 MB.
const MANY: usize = 8_000;

async fn streaming(store: &Store) -> (Service, Streaming<StreamExistingBusinessResponse>) {
    let config = Config {
        records_per_message: 10,
    };
    let service = Service::configured(store, config).await;
    let name = "🌍".repeat(90) + " ";
    let domain = [".", &"d".repeat(62)].concat().repeat(3);
    let large = many(MANY)
        .replace("The ", &name)
        .replace(".example", &domain);
    service.import(&large).await;
    let stream = open(&service).await;
    (service, stream)
}

async fn open(service: &Service) -> Streaming<StreamExistingBusinessResponse> {
    let request = asking("contoso", "");
    let stream = service.portals().stream_existing_business(request).await;
    stream.unwrap().into_inner()
}

async fn next(
    stream: &mut Streaming<StreamExistingBusinessResponse>,
) -> Result<Option<StreamExistingBusinessResponse>, Status> {
    timeout(SOON, stream.message()).await.unwrap()
}

/// What changes far behind the message that the client took is told as it is when the client comes
/// there.
async fn nothing_is_read_ahead(store: Store) {
    let (service, mut stream) = streaming(&store).await;
    next(&mut stream).await.unwrap().unwrap();
    // while another is told it all, one that read ahead would come as far
    let mut other = open(&service).await;
    while next(&mut other).await.unwrap().is_some() {}
    // a thousand records before the end
    let far = format!("c{:06}", MANY - 1_000);
    let changed = line("contoso", "cloud-portal", &far).replace("The ", "Changed ");
    service.import(&changed).await;
    let mut found = None;
    while let Some(message) = next(&mut stream).await.unwrap() {
        let mut records = message.records.into_iter();
        found = found.or(records.find(|one| one.customer == format!("customers/{far}")));
    }
    assert_eq!(found.unwrap().display_name, format!("Changed {far}"));
}

/// The task that tells it ends with the client, also when it waits for room.
async fn a_client_that_goes_away_stops_it(store: Store) {
    let (service, mut stream) = streaming(&store).await;
    while next(&mut stream).await.unwrap().is_some() {}
    drop(stream);
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let quiet = tasks();
    let mut open_streams = Vec::new();
    for _ in 0..20 {
        let mut stream = open(&service).await;
        next(&mut stream).await.unwrap().unwrap();
        open_streams.push(stream);
    }
    assert!(tasks() >= quiet + 20);
    drop(open_streams);
    eventually("the streams to be given up", SOON, async || {
        (tasks() <= quiet).then_some(())
    })
    .await;
    // and others are told as before
    let mut stream = open(&service).await;
    assert_eq!(next(&mut stream).await.unwrap().unwrap().records.len(), 10);
}

/// A service that stops ends its streams itself, with a refusal after which a client goes on
/// elsewhere.
async fn a_drain_ends_it_at_once(store: Store) {
    let (service, mut stream) = streaming(&store).await;
    let first = next(&mut stream).await.unwrap().unwrap();
    drop(service);
    let mut last = first;
    let reading = async {
        loop {
            match stream.message().await {
                Ok(Some(message)) => last = message,
                Ok(None) => panic!("it is not all told"),
                Err(status) => return status,
            }
        }
    };
    let status = timeout(PROMPTLY, reading).await.unwrap();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unavailable, "UNAVAILABLE")
    );

    let service = Service::start(&store).await;
    let request = asking("contoso", &last.resume_token);
    let stream = service.portals().stream_existing_business(request).await;
    let mut stream = stream.unwrap().into_inner();
    let told = &last.records.last().unwrap().customer;
    let goes_on = next(&mut stream).await.unwrap().unwrap();
    let number = |name: &str| {
        name.trim_start_matches("customers/c")
            .parse::<u32>()
            .unwrap()
    };
    assert_eq!(number(&goes_on.records[0].customer), number(told) + 1);
}
