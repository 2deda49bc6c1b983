//! A removal: what it ends, and everything that it must not touch.

use std::time::Duration;

use platform::db::Db;
use proto::invitation::v1::InvitationState;
use proto::relationship::v1::{
    DenialReason, ListDelegatedPrivilegesRequest, Permission, PreviewRemovalRequest,
    PrivilegeState, RelationshipState, RemovalAttestation, RemoveRelationshipRequest,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tests::{Programme, Role, Store, System, eventually, on_both_stores, with};

use crate::stories::notices_are_there;

on_both_stores!(
    a_removal_leaves_everything_else_as_it_was,
    a_customer_can_be_invited_again_after_a_removal,
);

const SOON: Duration = Duration::from_secs(20);

/// R37, R38, R39, R40, R42: over a removal every privilege, outbox, inbox and notice row stays as it was.
async fn a_removal_leaves_everything_else_as_it_was(store: Store) {
    let system = System::started(store.clone()).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let invited = programme.invite().await;
    let accepted = programme
        .accept(&programme.adatum, "adatum", &invited.link)
        .await
        .expect("accepted");
    notices_are_there(&programme).await;
    let before = everything_else(&store).await;
    assert!(
        before
            .iter()
            .any(|row| row.starts_with("notification.notice"))
    );
    assert!(
        before
            .iter()
            .any(|row| row.starts_with("invitation.outbox"))
    );
    assert!(
        before
            .iter()
            .any(|row| row.starts_with("relationship.privilege"))
    );

    let removed = remove(&programme, &accepted.relationships[0]).await;
    assert_eq!(removed, RelationshipState::Removed);
    assert!(
        programme
            .customers(&programme.contoso, "contoso")
            .await
            .is_empty()
    );
    assert_eq!(
        programme.customers(&programme.fabrikam, "fabrikam").await,
        ["customers/adatum"]
    );
    assert_eq!(everything_else(&store).await, before);

    let request = ListDelegatedPrivilegesRequest {
        parent: "partners/contoso".into(),
        ..Default::default()
    };
    let listed = programme
        .relationships
        .clone()
        .list_delegated_privileges(with(&programme.contoso, request))
        .await
        .expect("its own privileges")
        .into_inner();
    assert_eq!(listed.privileges.len(), 1);
    assert_eq!(listed.privileges[0].state(), PrivilegeState::Active);
    // and yet it allows nothing here
    let decision = programme
        .check(&programme.contoso, "contoso", Permission::ManageUsers)
        .await;
    assert_eq!(decision.reason(), DenialReason::RelationshipRequired);
    assert_eq!(decision.privilege, listed.privileges[0].name);
}

/// R40, R41: previews, then removes with what the preview showed.
async fn remove(programme: &Programme, name: &str) -> RelationshipState {
    let mut relationships = programme.relationships.clone();
    let preview = PreviewRemovalRequest {
        name: name.to_owned(),
        language: "pt-BR".into(),
    };
    let shown = relationships
        .preview_removal(with(&programme.contoso, preview))
        .await
        .expect("a preview")
        .into_inner();
    assert_eq!(shown.remaining_privileges.len(), 1);
    let request = RemoveRelationshipRequest {
        name: name.to_owned(),
        attestation: Some(RemovalAttestation {
            wording_id: shown.wording_id,
            language: shown.language,
            good_faith: true,
            legitimate_business_purpose: true,
            in_line_with_agreement: true,
            hold_harmless: true,
        }),
        ..Default::default()
    };
    let removed = relationships
        .remove_relationship(with(&programme.contoso, request))
        .await
        .expect("removed")
        .into_inner();
    removed.relationship.expect("a relationship").state()
}

/// Every row that a removal must not touch, once the relays have nothing left to do.
async fn everything_else(store: &Store) -> Vec<String> {
    let mut all = Vec::new();
    for (service, tables) in [
        ("invitation", ["outbox", "invitation"].as_slice()),
        ("relationship", &["outbox", "privilege"]),
        ("notification", &["inbox", "notice"]),
    ] {
        let db = store.open(service).await;
        if tables.contains(&"outbox") {
            eventually("an idle relay", SOON, || async {
                let sql = "SELECT 1 AS one FROM outbox WHERE state = 'PENDING'";
                db.reader()
                    .query_all_raw(Statement::from_string(db.backend(), sql))
                    .await
                    .expect("the outbox can be read")
                    .is_empty()
                    .then_some(())
            })
            .await;
        }
        for table in tables {
            all.extend(
                rows(&db, table)
                    .await
                    .iter()
                    .map(|row| format!("{service}.{table} {row}")),
            );
        }
        db.close().await.expect("closed");
    }
    all
}

/// Every row of a table, every column of it, as text.
async fn rows(db: &Db, table: &str) -> Vec<String> {
    let ask = async |sql: String| {
        let found = db
            .reader()
            .query_all_raw(Statement::from_string(db.backend(), sql))
            .await
            .expect("the table can be read");
        found
            .iter()
            .map(|row| row.try_get_by_index::<String>(0).expect("text"))
            .collect::<Vec<_>>()
    };
    if db.backend() == DbBackend::Postgres {
        return ask(format!("SELECT t::text FROM {table} t ORDER BY 1")).await;
    }
    let columns = ask(format!("SELECT name FROM pragma_table_info('{table}')")).await;
    let quoted: Vec<String> = columns
        .iter()
        .map(|name| format!("quote(\"{name}\")"))
        .collect();
    ask(format!(
        "SELECT {} FROM \"{table}\" ORDER BY 1",
        quoted.join(" || ',' || ")
    ))
    .await
}

/// R38, R43: after a removal the next step is another invitation; it makes a new relationship with its own history.
async fn a_customer_can_be_invited_again_after_a_removal(store: Store) {
    let system = System::started(store).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let first = programme.invite().await;
    let accepted = programme
        .accept(&programme.adatum, "adatum", &first.link)
        .await
        .expect("accepted");
    remove(&programme, &accepted.relationships[0]).await;

    // a late repeat of the old acceptance does not bring it back
    let repeat = programme
        .accept(&programme.adatum, "adatum", &first.link)
        .await
        .expect("the same answer");
    assert_eq!(repeat.name, accepted.name);
    assert!(
        programme
            .customers(&programme.contoso, "contoso")
            .await
            .is_empty()
    );

    let second = programme.invite().await;
    let again = programme
        .accept(&programme.adatum, "adatum", &second.link)
        .await
        .expect("accepted");
    assert_ne!(
        again.relationships[0], accepted.relationships[0],
        "a new one"
    );
    assert_eq!(
        again.relationships[1], accepted.relationships[1],
        "the provider's was still active"
    );
    assert_eq!(
        programme.customers(&programme.contoso, "contoso").await,
        ["customers/adatum"]
    );
    let history = programme.relationships_of("adatum").await;
    assert_eq!(history.len(), 3, "two active, one removed");
    assert!(
        programme
            .invitation(&first.invitation.expect("it").name)
            .await
            .state()
            == InvitationState::Accepted
    );
    assert!(system.log(Role::Gateway).find(&second.link).is_none());
}
