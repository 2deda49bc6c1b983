//! Lines that cannot be taken: each is told by its number and why, and the lines around it are
//! kept.

use directory::transfer::{Imported, Mode};
use tests::{Store, on_both_stores};

use crate::business::line;
use crate::support::Service;

on_both_stores!(
    bad_lines_are_told_and_the_rest_is_kept,
    what_does_not_fit_what_is_there_is_told,
    lines_end_in_many_ways,
    a_line_that_is_too_long_costs_itself_only,
);

const ID: &str = "0197f3a0-0000-7000-8000-00000000000";

fn subscription(customer: &str, id: u8, quantity: u32) -> String {
    format!(
        r#"{{"type":"subscription","customer":"{customer}","id":"{ID}{id}","offer":"x","display_name":"X","quantity":{quantity},"renewal":"off","state":"active"}}"#
    )
}

fn user(customer: &str, id: u8, name: &str) -> String {
    format!(
        r#"{{"type":"user","customer":"{customer}","id":"{ID}{id}","display_name":"U","sign_in_name":"{name}"}}"#
    )
}

fn license(customer: &str, id: u8, subscription: u8, user: u8) -> String {
    format!(
        r#"{{"type":"license","customer":"{customer}","id":"{ID}{id}","subscription":"{ID}{subscription}","user":"{ID}{user}"}}"#
    )
}

/// Every kind of bad line between two good ones.
async fn bad_lines_are_told_and_the_rest_is_kept(store: Store) {
    let service = Service::start(&store).await;
    let business = line("contoso", "cloud-portal", "bad").trim_end().to_owned();
    let spoilt = |from: &str, to: &str| {
        assert!(business.contains(from), "{from}");
        business.replace(from, to)
    };
    let s = subscription("adatum", 1, 5);
    let table: Vec<(String, &str)> = vec![
        ("nonsense".into(), "must be an object of JSON"),
        ("[]".into(), "must be an object of JSON"),
        ("{}".into(), "missing field `type`"),
        (r#"{"type":"tenant"}"#.into(), "unknown variant `tenant`"),
        (business[..40].into(), "EOF while parsing"),
        (business.clone() + "}", "trailing characters"),
        (spoilt("\"country\":\"BR\",", ""), "missing field `country`"),
        (spoilt("country", "land"), "unknown field `land`"),
        (spoilt("\"contoso\"", "\"Contoso\""), "partner must be"),
        (spoilt("\"bad\"", "\"../x\""), "customer must be"),
        (spoilt("cloud-portal", "Cloud"), "portal must be"),
        (spoilt("The bad", ""), "display_name must not be empty"),
        (
            spoilt("The bad", &"x".repeat(101)),
            "display_name must have at most 100",
        ),
        (
            spoilt("The bad", "\\u202egnp"),
            "display_name must not contain",
        ),
        (spoilt("BR", "Brasil"), "country must be"),
        (spoilt("bad.example", "a b"), "domain must be"),
        (
            s.replace("\"quantity\":5", "\"quantity\":0"),
            "quantity must be",
        ),
        (
            s.replace("\"quantity\":5", "\"quantity\":-1"),
            "quantity must be",
        ),
        (
            s.replace("\"quantity\":5", "\"quantity\":1000001"),
            "quantity must be",
        ),
        (
            s.replace("\"quantity\":5", "\"quantity\":1e400"),
            "number out of range",
        ),
        (
            s.replace("\"quantity\":5", "\"quantity\":99999999999999999999"),
            "invalid",
        ),
        (s.replace("active", "ACTIVE"), "unknown variant `ACTIVE`"),
        (s.replace("\"off\"", "null"), "invalid type: null"),
        (s.replace(ID, "x"), "id must be a UUID"),
        (user("adatum", 2, "a b@x.example"), "sign_in_name must be"),
        (
            user("adatum", 2, "a\\r\\n@x.example"),
            "sign_in_name must be",
        ),
        (
            user("adatum", 2, "a@x.example").replace("adatum", ""),
            "customer must be",
        ),
        (
            r#"{"type":"refusal","partner":"litware"}"#.into(),
            "missing field `reason`",
        ),
        ("[".repeat(10_000), "must be an object of JSON"),
        (
            r#"{"type":"refusal","x":"#.to_owned() + &"[".repeat(10_000),
            "recursion limit",
        ),
    ];
    let mut lines = line("contoso", "cloud-portal", "first").into_bytes();
    for (bad, _) in &table {
        lines.extend(bad.as_bytes());
        lines.push(b'\n');
    }
    lines.extend(b"{\"type\":\"refusal\",\"partner\":\"litware\",\"reason\":\"\xff\xfe\"}\n");
    lines.extend(line("contoso", "cloud-portal", "last").into_bytes());
    let (imported, bad) = service.import_lines(&lines, Mode::KeepGood).await;
    let count = table.len() as u64 + 1;
    assert_eq!(
        imported,
        Imported {
            lines: count + 2,
            kept: 2,
            bad: count,
        }
    );
    let numbers: Vec<_> = bad.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (2..=count + 1).collect::<Vec<_>>());
    let expected = table.iter().map(|(_, expected)| *expected);
    for ((number, reason), expected) in bad.iter().zip(expected.chain(["is not UTF-8"])) {
        assert!(
            reason.starts_with(expected),
            "{number}: {reason}, not {expected}"
        );
        assert!(reason.len() < 400, "{reason}");
    }
    let kept = service.export().await;
    assert_eq!(
        kept,
        line("contoso", "cloud-portal", "first") + &line("contoso", "cloud-portal", "last")
    );
}

/// What a line says may be well formed and still not be: it is told, and changes nothing of what is
/// there.
async fn what_does_not_fit_what_is_there_is_told(store: Store) {
    let service = Service::start(&store).await;
    let good = [
        subscription("adatum", 1, 2),
        user("adatum", 2, "ana@adatum.example"),
        user("adatum", 3, "bo@adatum.example"),
        user("adatum", 4, "cy@adatum.example"),
        license("adatum", 5, 1, 2),
        license("adatum", 6, 1, 3),
        user("wingtip", 7, "ana@adatum.example"),
    ];
    service.import(&good.join("\n")).await;
    let before = (
        service.export().await,
        service.subscriptions("adatum").await,
    );
    let table = [
        (subscription("wingtip", 1, 2), "id is another customer's"),
        (
            subscription("adatum", 1, 1),
            "quantity is less than the 2 licences that are assigned",
        ),
        (
            user("adatum", 7, "dee@adatum.example"),
            "id is another customer's",
        ),
        (
            user("adatum", 8, "ANA@Adatum.example"),
            "sign_in_name is another user's",
        ),
        (
            license("adatum", 9, 8, 4),
            "subscription is not there, nor in an earlier line",
        ),
        (
            license("adatum", 9, 1, 8),
            "user is not there, nor in an earlier line",
        ),
        (
            license("wingtip", 9, 1, 7),
            "subscription is not there, nor in an earlier line",
        ),
        (
            license("adatum", 9, 1, 7),
            "user is not there, nor in an earlier line",
        ),
        (license("adatum", 5, 1, 4), "id is another licence's"),
        (
            license("adatum", 9, 1, 2),
            "the user has another licence of this subscription",
        ),
        (
            license("adatum", 9, 1, 4),
            "all 2 licences of the subscription are assigned",
        ),
    ];
    let lines: Vec<_> = table.iter().map(|(line, _)| line.as_str()).collect();
    for mode in [Mode::KeepGood, Mode::AllOrNothing] {
        let (imported, bad) = service.import_lines(lines.join("\n"), mode).await;
        assert_eq!(imported.kept, 0);
        let expected: Vec<_> = table
            .iter()
            .enumerate()
            .map(|(at, (_, reason))| (at as u64 + 1, (*reason).to_owned()))
            .collect();
        assert_eq!(bad, expected);
        let after = (
            service.export().await,
            service.subscriptions("adatum").await,
        );
        assert_eq!(after, before);
    }
}

/// Empty lines are no lines but count as such; a carriage return before the end is space; the last
/// end may be missing.
async fn lines_end_in_many_ways(store: Store) {
    let service = Service::start(&store).await;
    let [first, second, third] =
        ["a", "b", "c"].map(|customer| line("contoso", "p", customer).trim_end().to_owned());
    let text = format!("\n\n{first}\r\n \t \nbad\r\n{second}\n\r\n  {third}  ");
    let (imported, bad) = service.import_lines(text, Mode::KeepGood).await;
    assert_eq!((imported.lines, imported.kept), (4, 3));
    assert_eq!(bad, [(5, "must be an object of JSON".to_owned())]);
    for nothing in ["", "\n", "\r\n \n\n"] {
        let (imported, bad) = service.import_lines(nothing, Mode::AllOrNothing).await;
        assert_eq!((imported, bad), (Imported::default(), vec![]));
    }
    assert_eq!(service.count("business").await, 3);
}

async fn a_line_that_is_too_long_costs_itself_only(store: Store) {
    let service = Service::start(&store).await;
    let [first, last] = ["a", "b"].map(|customer| line("contoso", "p", customer));
    // as long as a line may be, of space
    let padded = format!("{}{}", " ".repeat(64 * 1024 - last.len()), last);
    let long = "x".repeat(8 << 20);
    let over = format!("{}{}", " ".repeat(64 * 1024 + 1), first);
    let text = format!("{first}{long}\n{over}{padded}{long}");
    let (imported, bad) = service.import_lines(text, Mode::KeepGood).await;
    assert_eq!((imported.lines, imported.kept), (5, 2));
    let expected = [2, 3, 5].map(|number| (number, "has more than 65536 bytes".to_owned()));
    assert_eq!(bad, expected);
    assert_eq!(service.count("business").await, 2);
}
