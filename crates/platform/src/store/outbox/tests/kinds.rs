//! What one kind of message does to the others of the same outbox.

use super::*;

on_both_stores! {
    a_receiver_that_hangs_holds_up_its_own_kind_alone,
}

async fn a_receiver_that_hangs_holds_up_its_own_kind_alone(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let (sent, mut received) = tokio::sync::mpsc::unbounded_channel();
    for n in 0..40 {
        appended(&temp.db, message("stuck", n), clock.now()).await;
    }
    let relay = Relay::new(
        "test",
        temp.db.clone(),
        clock.clone(),
        move |delivery: Delivery| {
            let sent = sent.clone();
            async move {
                if delivery.kind == "stuck" {
                    std::future::pending::<()>().await;
                }
                sent.send(delivery.id).unwrap();
                Ok(Delivered::Unmarked)
            }
        },
    );
    let shutdown = CancellationToken::new();
    let relay = tokio::spawn(relay.run(shutdown.clone()));
    for n in 0..40 {
        appended(&temp.db, message("fact", n), clock.now()).await;
    }
    // Sooner than a delivery that hangs is given up.
    for _ in 0..40 {
        timeout(Duration::from_secs(4), received.recv())
            .await
            .expect("the other kind has places of its own")
            .unwrap();
    }
    relay.abort();
    // a transaction of its that is under way would be in the way of whoever drops the schema
    temp.db.close().await.unwrap();
}
