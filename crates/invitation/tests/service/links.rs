//! Inspecting: what a link shows, to whom, and what becomes of every text that is not a link of
//! ours.

use std::collections::BTreeSet;

use invitation::Config;
use platform::keys::{Grant, SecretKey};
use proto::customer::v1::Permission;
use proto::invitation::internal::v1::DraftAccess;
use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{
    AcceptInvitationRequest, DeclineInvitationRequest, InspectInvitationRequest, Invitation,
    InvitationState, ResendInvitationRequest, RevokeInvitationRequest,
};
use tests::{Store, on_both_stores, refused, with};

use crate::world::{PUBLIC_URL, World, acceptance, fields, joint, not_found, reason};

on_both_stores!(
    inspecting_shows_who_asks_for_what,
    a_bound_invitation_is_shown_to_its_bound_party_alone,
    a_link_is_taken_as_it_is_pasted,
    what_is_not_a_link_of_ours_is_not_found,
    keys_rotate_without_a_lost_link,
    a_message_brings_no_link_of_ours,
);

/// R27, R31, R34, R35: before anything is accepted, the customer reads who asks, what each may do
/// then, for how long, and to what it consents; nothing of the partner's own notes.
async fn inspecting_shows_who_asks_for_what(store: Store) {
    let world = World::start(&store).await;
    let asked = Invitation {
        correlation_id: "CRM-77".to_owned(),
        message: "Dear Ana".to_owned(),
        privilege_lifetime_days: 365,
        language: "pt-BR".to_owned(),
        ..joint()
    };
    let made = world.invite(asked).await;
    let invitation = made.invitation.unwrap();
    // anybody with a valid token: a user without a role, and operations staff
    let anybody = world.system.token(&Grant::tenant("woodgrove"));
    for token in [&anybody, &world.operator(), &world.admin("contoso")] {
        let seen = world.inspect(token, &made.link).await.unwrap();
        assert_eq!(seen.state(), InvitationState::Open);
        assert_eq!(seen.parties, invitation.parties);
        let privilege: Vec<_> = seen.privilege_permissions().collect();
        let managing = [
            Permission::ManageAccount,
            Permission::ManageSubscriptions,
            Permission::ManageLicenses,
            Permission::ManageUsers,
        ];
        assert_eq!(privilege, managing);
        assert_eq!(
            (seen.privilege_lifetime_days, seen.expire_time),
            (365, invitation.expire_time)
        );
        assert_eq!(seen.consent_wording_id, "joint-consent-2");
        assert_eq!(
            seen.consent_language, "pt-BR",
            "the invitation's unless asked otherwise"
        );
        assert!(
            seen.consent_text
                .starts_with("CONTOSO e FABRIKAM solicitam")
        );
        assert!(seen.consent_text.contains("terminam 365 dias"));
        assert_eq!(seen.acceptance, "");
        let all = format!("{seen:?}");
        assert!(!all.contains("CRM-77") && !all.contains("Dear Ana") && !all.contains('@'));
    }
    let in_language = |language: &str| {
        let message = InspectInvitationRequest {
            link: made.link.clone(),
            language: language.into(),
            ..Default::default()
        };
        let (mut client, token) = (world.public(), anybody.clone());
        async move {
            client
                .inspect_invitation(with(&token, message))
                .await
                .map(tonic::Response::into_inner)
        }
    };
    let english = in_language("en-GB").await.unwrap();
    assert_eq!(english.consent_language, "en");
    assert!(
        english
            .consent_text
            .starts_with("CONTOSO and FABRIKAM ask your organisation")
    );
    for unknown in [
        "de",
        "../../etc/passwd",
        "en\0",
        "x".repeat(1 << 16).as_str(),
    ] {
        assert_eq!(fields(in_language(unknown).await), ["language"]);
    }
    let solo = world.invite(Invitation::default()).await;
    let seen = world.inspect(&anybody, &solo.link).await.unwrap();
    assert_eq!(seen.consent_wording_id, "consent-2");
    assert!(seen.consent_text.contains("They have no end date."));
    assert!(!seen.consent_text.contains("FABRIKAM"));
}

/// R18, R31: whoever is not the bound party, proven by its token, learns nothing, whatever became
/// of the invitation.
async fn a_bound_invitation_is_shown_to_its_bound_party_alone(store: Store) {
    let world = World::start(&store).await;
    let of = |tenant: &str| Grant::tenant(tenant).role("global-admin").subject("ana");
    let token = |grant: &Grant| world.system.token(grant);
    let adatum = token(&of("adatum"));
    let proven = token(&of("adatum").email("Ana@Adatum.Example"));
    let colleague = token(&of("adatum").email("rui@adatum.example"));
    let claimed = token(&of("adatum").unverified_email("ana@adatum.example"));
    let woodgrove = token(&of("woodgrove"));
    let lookalike = token(&of("woodgrove").email("ana@adatum.example.evil.example"));
    let everybody = [
        &adatum,
        &proven,
        &colleague,
        &claimed,
        &woodgrove,
        &lookalike,
        &world.operator(),
    ];
    for (bound_to, admitted) in [
        (
            BoundTo::BoundCustomer("customers/adatum".into()),
            [true, true, true, true, false, false, false],
        ),
        (
            BoundTo::BoundEmail("ana@adatum.example".into()),
            [false, true, false, false, false, false, false],
        ),
        (
            BoundTo::BoundEmailDomain("adatum.example".into()),
            [false, true, true, false, false, false, false],
        ),
    ] {
        let made = world
            .invite(Invitation {
                bound_to: Some(bound_to.clone()),
                ..joint()
            })
            .await;
        for (token, admitted) in everybody.into_iter().zip(admitted) {
            let seen = world.inspect(token, &made.link).await;
            if admitted {
                assert_eq!(seen.unwrap().state(), InvitationState::Open, "{bound_to:?}");
            } else {
                not_found(seen);
            }
        }
        let name = made.invitation.unwrap().name;
        let revoke = RevokeInvitationRequest {
            name,
            ..Default::default()
        };
        world
            .public()
            .revoke_invitation(with(&world.admin("contoso"), revoke))
            .await
            .unwrap();
        for (token, admitted) in everybody.into_iter().zip(admitted) {
            let seen = world.inspect(token, &made.link).await;
            if admitted {
                assert_eq!(reason(seen), "REVOKED")
            } else {
                not_found(seen)
            }
        }
    }
}

/// R18: white space, line breaks and angle brackets around a link do not count, for any of the
/// three methods; with anything else it has to be pasted again, and nothing has changed.
async fn a_link_is_taken_as_it_is_pasted(store: Store) {
    let world = World::start(&store).await;
    let (name, link) = world.invite_jointly().await;
    let before = world.invitation(&name).await;
    let admin = world.admin("adatum");
    for added in [
        format!("{link}."),
        format!("see {link}"),
        format!("{link}x"),
    ] {
        for refused in [
            world.inspect(&admin, &added).await.map(drop),
            world.accept("adatum", &added).await.map(drop),
            world.decline("adatum", &added).await,
        ] {
            let status = refused.unwrap_err();
            assert!(
                format!("{status:?}").contains("as it was received"),
                "{status:?}"
            );
            assert_eq!(tests::refused(&status).fields, ["link"]);
        }
    }
    assert_eq!(world.invitation(&name).await, before);
    let pasted = [format!(" {link}\r\n"), format!("<{link}>")];
    for pasted in &pasted {
        world.inspect(&admin, pasted).await.unwrap();
    }
    world.accept("adatum", &pasted[0]).await.unwrap();
    let (_, link) = world.invite_jointly().await;
    world
        .decline("adatum", &format!("\n<{link}>\n"))
        .await
        .unwrap();
}

/// R18: unknown, altered and foreign links are one thing, from Inspect, Accept and Decline alike,
/// and change nothing.
async fn what_is_not_a_link_of_ours_is_not_found(store: Store) {
    let config = Config {
        wrong_links_per_minute: 10_000,
        ..World::config()
    };
    let world = World::configured(&store, config).await;
    let (name, link) = world.invite_jointly().await;
    let before = world.invitation(&name).await;
    let token = link.rsplit('/').next().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let [key, id, generation, mac] = parts[..] else {
        panic!("{} parts", parts.len())
    };
    let other = world.invite(joint()).await.link;
    let other_mac = other.rsplit('.').next().unwrap();
    let bad = [
        "x".repeat(500 * 1024),
        token.to_owned(),
        link.to_uppercase(),
        link.replace(PUBLIC_URL, "https://connect.example.evil.example"),
        link.replace("/i/", "/i/..%2f"),
        format!("{PUBLIC_URL}/i/{key}.{id}.2.{mac}"),
        format!("{PUBLIC_URL}/i/{key}.{id}.0{generation}.{mac}"),
        format!("{PUBLIC_URL}/i/k2.{id}.{generation}.{mac}"),
        format!("{PUBLIC_URL}/i/{key}.{id}.{generation}.{other_mac}"),
        format!("{PUBLIC_URL}/i/{key}.{id}.{generation}."),
    ];
    let admin = world.admin("adatum");
    for bad in &bad {
        not_found(world.inspect(&admin, bad).await);
        not_found(world.accept("adatum", bad).await);
        not_found(world.decline("adatum", bad).await);
    }
    let mut client = world.public();
    let accept = AcceptInvitationRequest {
        link: String::new(),
        ..acceptance("adatum", "")
    };
    assert_eq!(
        fields(client.accept_invitation(with(&admin, accept)).await),
        ["link"]
    );
    let parent = "customers/adatum".to_owned();
    let decline = DeclineInvitationRequest {
        parent,
        ..Default::default()
    };
    assert_eq!(
        fields(client.decline_invitation(with(&admin, decline)).await),
        ["link"]
    );
    assert_eq!(fields(world.inspect(&admin, "").await), ["link"]);
    assert_eq!(world.invitation(&name).await, before);

    let refusals: BTreeSet<String> = {
        let mut texts = BTreeSet::new();
        for bad in &bad {
            let status = world.inspect(&admin, bad).await.unwrap_err();
            texts.insert(format!(
                "{:?} {} {:?}",
                status.code(),
                status.message(),
                refused(&status)
            ));
        }
        texts
    };
    assert_eq!(refusals.len(), 1, "one shape for all: {refusals:?}");
}

/// R13, R18: after a rotation an old link verifies, a reopened draft shows the link that was
/// mailed, a new link signs with the new key; a key that was taken out too early is refused as a
/// failure, not as a fault of the link's holder.
async fn keys_rotate_without_a_lost_link(store: Store) {
    let mut world = World::start(&store).await;
    let (name, mailed) = world.invite_jointly().await;
    let [old, new] = [("k1", 1), ("k2", 2)].map(|(id, byte)| SecretKey {
        id: id.into(),
        secret: [byte; 32],
    });
    let keys = |link_keys: &[&SecretKey]| Config {
        link_keys: link_keys.iter().map(|key| (*key).clone()).collect(),
        ..World::config()
    };
    let admin = world.admin("adatum");
    // first the new key everywhere, then to the front
    for order in [[&old, &new], [&new, &old]] {
        world.restart(keys(&order)).await;
        assert!(world.inspect(&admin, &mailed).await.is_ok());
        assert_eq!(
            world.describe(&name, DraftAccess::Read).await.unwrap().link,
            mailed
        );
    }
    let signed_by = |link: &str| link.split(['/', '.']).nth_back(3).unwrap().to_owned();
    assert_eq!(signed_by(&mailed), "k1");
    assert_eq!(signed_by(&world.invite(joint()).await.link), "k2");
    let resend = ResendInvitationRequest {
        name: name.clone(),
        ..Default::default()
    };
    let answer = world
        .public()
        .resend_invitation(with(&world.admin("contoso"), resend))
        .await;
    let resent = answer.unwrap().into_inner().link;
    assert_eq!(signed_by(&resent), "k2");
    assert_eq!(reason(world.inspect(&admin, &mailed).await), "SUPERSEDED");

    world.restart(keys(&[&old])).await;
    not_found(world.inspect(&admin, &resent).await);
    let status = world.describe(&name, DraftAccess::Read).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (tonic::Code::Internal, "internal error")
    );
    world.restart(keys(&[&new])).await;
    assert!(world.inspect(&admin, &resent).await.is_ok());
    not_found(world.inspect(&admin, &mailed).await);
    assert!(world.accept("adatum", &resent).await.is_ok());
}

/// R17, R18: an inviter's message goes into the draft, in which the invitation's own link must be
/// the only one of ours; so one that holds another, or its like, is refused at once.
async fn a_message_brings_no_link_of_ours(store: Store) {
    let world = World::start(&store).await;
    let (_, link) = world.invite_jointly().await;
    let saying = |message: &str| Invitation {
        message: message.to_owned(),
        ..joint()
    };
    for message in [
        link.clone(),
        format!("Dear Ana,\n\nplease open {link}."),
        link.replace(PUBLIC_URL, "http://evil.example"),
        format!("{PUBLIC_URL}/i/anything"),
    ] {
        let request_id = world.clock.id().to_string();
        let refused = world.create("contoso", saying(&message), &request_id).await;
        assert_eq!(fields(refused), ["invitation.message"], "{message}");
    }
    let elsewhere = "Read https://contoso.example/i/am and 1.2.3.4.";
    let made = world.invite(saying(elsewhere)).await;
    assert_eq!(made.invitation.unwrap().message, elsewhere);
}
