//! A removal: what it ends, and everything that it must not touch.

use std::time::Duration;

use platform::store::db::Db;
use proto::customer::v1::Permission;
use proto::invitation::v1::InvitationState;
use proto::relationship::v1::{
    AccessBasis, DenialReason, ListDelegatedPrivilegesRequest, PrivilegeState, RelationshipState,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tests::{Programme, Role, Store, System, eventually, on_both_stores, with};

use crate::stories::notices_are_there;

on_both_stores!(
    a_removal_leaves_everything_else_as_it_was,
    a_customer_can_be_invited_again_after_a_removal,
);

const SOON: Duration = Duration::from_secs(20);

/// R37, R38, R39, R40, R42: over a removal every privilege, outbox, inbox and notice row stays as
/// it was.
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
    let before_changes = changes(&store).await;
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

    let ours = &accepted.relationships[0];
    // R41: the wording, and what would stay, before confirming
    let shown = programme.preview(&programme.contoso, ours).await;
    assert_eq!(shown.expect("a preview").remaining_privileges.len(), 1);
    let removed = programme.remove(&programme.contoso, ours).await;
    assert_eq!(removed.state(), RelationshipState::Removed);
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
    the_change_is_its_partners_alone(&store, &before_changes).await;
    the_privilege_is_residual(&programme).await;

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

/// Whose every change is that watchers are told.
async fn changes(store: &Store) -> Vec<String> {
    let db = store.open("relationship").await;
    let sql = "SELECT partner FROM change ORDER BY change_time, partner";
    let rows = db
        .reader()
        .query_all_raw(Statement::from_string(db.backend(), sql));
    let rows = rows.await.expect("the changes can be read");
    let partners = rows.iter().map(|row| row.try_get_by_index(0));
    let partners = partners.collect::<Result<_, _>>().expect("a partner");
    db.close().await.expect("closed");
    partners
}

/// R42: what watchers are told of a removal is one row, for the partner that removed alone.
async fn the_change_is_its_partners_alone(store: &Store, before: &[String]) {
    let after = changes(store).await;
    assert_eq!(after[..before.len()], *before);
    assert_eq!(after[before.len()..], ["contoso"]);
}

/// R39: what is still granted where no relationship is left is reported to both sides, with its
/// age.
async fn the_privilege_is_residual(programme: &Programme) {
    for (token, parent) in [
        (&programme.contoso, "partners/contoso"),
        (&programme.adatum, "customers/adatum"),
        (&programme.operator, "customers/adatum"),
    ] {
        let basis = AccessBasis::ResidualPrivileges;
        let listed = programme.list_access(token, parent, basis).await;
        let [entry] = &listed.expect("may ask")[..] else {
            panic!("{parent}: one partner is left with a privilege");
        };
        assert_eq!(entry.partner, "partners/contoso");
        assert_eq!(entry.privileges.len(), 1);
        assert!(entry.remove_time.is_some() && entry.residual_age.is_some());
    }
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

/// R38, R43: after a removal the next step is another invitation; it makes a new relationship with
/// its own history.
async fn a_customer_can_be_invited_again_after_a_removal(store: Store) {
    let system = System::started(store).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let first = programme.invite().await;
    let accepted = programme
        .accept(&programme.adatum, "adatum", &first.link)
        .await
        .expect("accepted");
    programme
        .remove(&programme.contoso, &accepted.relationships[0])
        .await;

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
