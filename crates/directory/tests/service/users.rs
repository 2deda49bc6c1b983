//! AddUser and RemoveUser: sign-in names, which no two users of a customer share, and what goes
//! with a user.

use proto::directory::v1::*;
use tests::{Store, on_both_stores};

use crate::support::{Service, fields, outcome};
use crate::world::Stage;

on_both_stores!(
    a_user_is_added_as_it_is_named,
    sign_in_names_are_read_strictly,
    twins_are_refused_whatever_their_case_or_spelling,
    a_removed_user_gives_up_its_name_and_its_licences,
    a_user_is_removed_once,
);

/// R22, R33: the name is kept as it came, whatever script it is in.
async fn a_user_is_added_as_it_is_named(store: Store) {
    let service = Service::start(&store).await;
    let mut names = Vec::new();
    for (sign_in_name, display_name) in [
        ("Ana.Lima@Adatum.Example", "Ana Lima"),
        (
            "o'brien+x@adatum.example",
            "<script>O'Brien</script> {{7*7}}",
        ),
        ("josé@adatum.example", "José 🌍"),
        ("山田@adatum.example", "山田 太郎"),
    ] {
        let message = AddUserRequest {
            display_name: display_name.into(),
            ..service.add_message("adatum", sign_in_name)
        };
        let added = service.directory().add_user(message).await.unwrap();
        let added = added.into_inner().user.unwrap();
        assert!(added.name.starts_with("customers/adatum/users/"));
        assert_eq!(added.sign_in_name, sign_in_name);
        assert_eq!(added.display_name, display_name);
        assert!(added.create_time.is_some() && added.remove_time.is_none());
        names.insert(0, added);
    }
    assert_eq!(service.users("adatum").await, names);
}

/// What no address has without quoting is refused, and nothing is kept of it.
async fn sign_in_names_are_read_strictly(store: Store) {
    let service = Service::start(&store).await;
    let (long_local, long_label) = ("a".repeat(65), "a".repeat(64));
    let long = format!("a@{}.b", ["a".repeat(62).as_str(); 4].join("."));
    let huge = format!("{}@adatum.example", "a".repeat(1 << 19));
    for bad in [
        "",
        " ",
        "ana",
        "@adatum.example",
        "ana@",
        "ana@adatum",
        "a@b@adatum.example",
        "ana\r\n@adatum.example",
        "ana@adatum.example\r\nBcc: x@y.z",
        "ana\n@adatum.example",
        "ana lima@adatum.example",
        "<ana@adatum.example>",
        "ana@[127.0.0.1]",
        "[ana]@adatum.example",
        "\"ana\"@adatum.example",
        "ana,bo@adatum.example",
        "ana;@adatum.example",
        "an\\a@adatum.example",
        "ana\0@adatum.example",
        "\u{202e}ana@adatum.example",
        "ana\u{200b}@adatum.example",
        "ana@аdatum.example",
        ".ana@adatum.example",
        "a..b@adatum.example",
        "ana@-adatum.example",
        "ana@adatum..example",
        &format!("{long_local}@adatum.example"),
        &format!("ana@{long_label}.example"),
        &long,
        &huge,
    ] {
        let message = service.add_message("adatum", bad);
        let answer = service.directory().add_user(message).await;
        assert_eq!(fields(answer), ["sign_in_name"], "{bad:.80}");
    }
    assert_eq!(service.count("person").await, 0);
    assert_eq!(service.count("act").await, 0);
    let longest = format!("{}@{}.example", "a".repeat(64), "a".repeat(63));
    service.user("adatum", &longest).await;
}

async fn twins_are_refused_whatever_their_case_or_spelling(store: Store) {
    let service = Service::start(&store).await;
    let mut client = service.directory();
    service.user("adatum", "jos\u{e9}@adatum.example").await;
    for twin in [
        "jos\u{e9}@adatum.example",
        "JOS\u{c9}@ADATUM.EXAMPLE",
        "jose\u{301}@adatum.example",
        "JOSE\u{301}@Adatum.example",
        "\u{ff4a}os\u{e9}@adatum.example",
    ] {
        let answer = client.add_user(service.add_message("adatum", twin)).await;
        assert_eq!(outcome(&answer), "SIGN_IN_NAME_TAKEN", "{twin}");
    }
    // an accent makes another name, and another customer has names of its own
    service.user("adatum", "jose@adatum.example").await;
    service.user("wingtip", "jos\u{e9}@adatum.example").await;
    assert_eq!(service.count("person").await, 3);
}

/// A removal withdraws the user's licences, which others may have then; the name is free as well.
async fn a_removed_user_gives_up_its_name_and_its_licences(store: Store) {
    let service = Service::start(&store).await;
    let subscription = service.subscription("adatum", 1).await.name;
    let other = service.subscription("adatum", 5).await.name;
    let user = service.user("adatum", "bo@adatum.example").await;
    let heir = service.user("adatum", "cy@adatum.example").await;
    for subscription in [&subscription, &other] {
        service.assigned(subscription, &user.name).await;
    }
    let kept = service.assigned(&other, &heir.name).await;
    let exhausted = service.act(service.assign(&subscription, &heir.name)).await;
    assert_eq!(outcome(&exhausted), "LICENSES_EXHAUSTED 1");

    let remove = RemoveUserRequest {
        user: user.name.clone(),
        mandate: Some(crate::world::mandate("contoso")),
        request_id: service.uuid(),
    };
    let removed = service.directory().remove_user(remove).await.unwrap();
    let removed = removed.into_inner().user.unwrap();
    assert!(removed.remove_time.is_some());
    assert_eq!(removed.name, user.name);
    assert_eq!(service.users("adatum").await, std::slice::from_ref(&heir));
    assert_eq!(service.licenses("adatum").await, [kept]);
    let assigned = service.subscriptions("adatum").await;
    let assigned: Vec<_> = assigned.iter().map(|one| one.assigned_quantity).collect();
    assert_eq!(assigned, [1, 0]);
    // of the same moment, whichever row one looks at
    let withdrawn = service
        .count("license JOIN person ON license.person = person.id AND withdraw_time = remove_time")
        .await;
    assert_eq!(withdrawn, 2);

    service.assigned(&subscription, &heir.name).await;
    let again = service.user("adatum", "BO@adatum.example").await;
    assert_ne!(again.name, user.name);
}

async fn a_user_is_removed_once(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let service = &stage.service;
    let claimed = stage.user.replace("adatum", "wingtip");
    assert_eq!(
        outcome(&service.act(service.remove(&claimed)).await),
        "NOT_FOUND"
    );
    service.act(service.remove(&stage.user)).await.unwrap();
    for act in [
        service.remove(&stage.user),
        service.assign(&stage.subscription, &stage.user),
    ] {
        assert_eq!(outcome(&service.act(act).await), "USER_REMOVED");
    }
    let withdraw = service.withdraw(&stage.license);
    assert_eq!(outcome(&service.act(withdraw).await), "LICENSE_WITHDRAWN");
    assert_eq!(service.users("adatum").await.len(), 1);
}
