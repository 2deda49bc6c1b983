//! Every kind of line as it is read and written, and every kind of bad one.

use super::*;

const ID: &str = "0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";

fn reason(line: &str) -> String {
    match read(line.as_bytes()) {
        Err(reason) => reason,
        Ok(record) => panic!("{line} is read as {record:?}"),
    }
}

#[test]
fn what_is_read_is_written_again() {
    for line in [
        r#"{"type":"business","partner":"contoso","portal":"office-admin-center","customer":"wingtip","display_name":"Wingtip \"Toys\"","country":"US","domain":"wingtip.example","privileges":[{"permissions":["manage_account","manage_subscriptions","manage_licenses","manage_users"],"expire_time":"2027-01-01T00:00:00Z"},{"permissions":["manage_users"]}]}"#.to_owned(),
        r#"{"type":"business","partner":"contoso","portal":"x","customer":"wingtip","display_name":"Ação","country":"BR","domain":"a.b"}"#.to_owned(),
        format!(r#"{{"type":"subscription","customer":"wingtip","id":"{ID}","offer":"office-365-e3","display_name":"Office 365 E3","quantity":10,"renewal":"automatic","state":"active","create_time":"2020-02-29T12:00:00.000001Z","update_time":"2021-01-01T00:00:00Z"}}"#),
        format!(r#"{{"type":"subscription","customer":"wingtip","id":"{ID}","offer":"x","display_name":"X","quantity":1,"renewal":"off","state":"suspended"}}"#),
        format!(r#"{{"type":"user","customer":"wingtip","id":"{ID}","display_name":"Ana","sign_in_name":"Ana@wingtip.example","create_time":"2020-01-01T00:00:00Z"}}"#),
        format!(r#"{{"type":"license","customer":"wingtip","id":"{ID}","subscription":"{ID}","user":"{ID}","assign_time":"2020-01-01T00:00:00Z"}}"#),
        r#"{"type":"refusal","partner":"litware","reason":"No agreement."}"#.to_owned(),
    ] {
        assert_eq!(write(read(line.as_bytes()).unwrap()), line);
    }
}

#[test]
fn times_are_read_with_any_offset_and_order_and_space_do_not_count() {
    let line = format!(
        r#" {{ "user": "{ID}", "assign_time": "2020-01-01T01:00:00.0000019+01:00", "id": "{ID}", "subscription": "{ID}", "customer": "wingtip", "type": "license" }} "#
    );
    let written = write(read(line.as_bytes()).unwrap());
    assert!(
        written.ends_with(r#""assign_time":"2020-01-01T00:00:00.000001Z"}"#),
        "{written}"
    );
    let nothing = line.replace("\"2020-01-01T01:00:00.0000019+01:00\"", "null");
    assert!(!write(read(nothing.as_bytes()).unwrap()).contains("assign_time"));
}

/// The portals name their things, and may write their ids in capitals: the id is the same.
#[test]
fn ids_are_read_in_capitals_too() {
    for line in [
        format!(
            r#"{{"type":"subscription","customer":"wingtip","id":"{ID}","offer":"x","display_name":"X","quantity":1,"renewal":"off","state":"suspended"}}"#
        ),
        format!(
            r#"{{"type":"user","customer":"wingtip","id":"{ID}","display_name":"Ana","sign_in_name":"ana@wingtip.example"}}"#
        ),
        format!(
            r#"{{"type":"license","customer":"wingtip","id":"{ID}","subscription":"{ID}","user":"{ID}"}}"#
        ),
    ] {
        let capitals = line.replace(ID, &ID.to_ascii_uppercase());
        assert_eq!(write(read(capitals.as_bytes()).unwrap()), line);
    }
}

#[test]
fn a_refusal_without_a_reason_is_lifted() {
    let line = r#"{"type":"refusal","partner":"litware","reason":""}"#;
    let expected = Refused {
        partner: PartnerId::parse("litware").unwrap(),
        reason: None,
    };
    assert_eq!(read(line.as_bytes()), Ok(Record::Refused(expected)));
}

#[test]
fn what_is_no_line_of_ours_is_refused_with_its_reason() {
    for (line, expected) in [
        ("nonsense", "must be an object of JSON"),
        (r#"["refusal","litware","x"]"#, "must be an object of JSON"),
        ("7", "must be an object of JSON"),
        ("{", "EOF while parsing an object, at column 1"),
        ("{}", "missing field `type`"),
        (r#"{"type":"tenant"}"#, "unknown variant `tenant`"),
        (
            r#"{"type":"refusal","partner":"litware"}"#,
            "missing field `reason`",
        ),
        (
            r#"{"type":"refusal","partner":"litware","reason":"x","why":"y"}"#,
            "unknown field `why`",
        ),
        (
            r#"{"type":"refusal","partner":"litware","reason":"x","reason":"y"}"#,
            "duplicate field `reason`",
        ),
        (
            r#"{"type":"refusal","partner":"litware","reason":7}"#,
            "invalid type: integer `7`",
        ),
        (
            r#"{"type":"refusal","partner":"Litware","reason":"x"}"#,
            "partner must be an organisation id",
        ),
        (
            r#"{"type":"refusal","partner":"litware","reason":"x"}{}"#,
            "trailing characters",
        ),
    ] {
        let reason = reason(line);
        assert!(reason.starts_with(expected), "{line}: {reason}");
        assert!(!reason.contains("line 1"), "{reason}");
    }
    assert_eq!(read(b"{\"type\":\"\xff\"}"), Err("is not UTF-8".to_owned()));
    let long = format!(r#"{{"type":"{}"}}"#, "x".repeat(10_000));
    assert!(reason(&long).len() < 300);
    let long = format!(
        r#"{{"type":"refusal","partner":"litware","reason":"{}"}}"#,
        "x".repeat(257)
    );
    assert_eq!(reason(&long), "reason must have at most 256 characters");
}

/// Each field of each kind, with a value that it cannot have.
#[test]
fn every_field_is_checked() {
    let business = r#"{"type":"business","partner":"contoso","portal":"p","customer":"wingtip","display_name":"W","country":"US","domain":"w.example","privileges":[{"permissions":["manage_users"],"expire_time":"2027-01-01T00:00:00Z"}]}"#;
    let subscription = format!(
        r#"{{"type":"subscription","customer":"wingtip","id":"{ID}","offer":"o","display_name":"D","quantity":10,"renewal":"off","state":"active","create_time":"2020-01-01T00:00:00Z","update_time":"2020-01-02T00:00:00Z"}}"#
    );
    let user = format!(
        r#"{{"type":"user","customer":"wingtip","id":"{ID}","display_name":"Ana","sign_in_name":"ana@w.example","create_time":"2020-01-01T00:00:00Z"}}"#
    );
    let license = format!(r#"{{"type":"license","customer":"wingtip","id":"1{ID}","subscription":"2{ID}","user":"3{ID}","assign_time":"2020-01-01T00:00:00Z"}}"#)
        .replace(&format!("1{ID}"), ID)
        .replace(&format!("2{ID}"), &ID.replace('b', "c"))
        .replace(&format!("3{ID}"), &ID.replace('b', "d"));
    let table: [(&str, &str, &str, &str); 25] = [
        (business, "\"contoso\"", "\"-contoso\"", "partner must be"),
        (business, "\"p\"", "\"Portal\"", "portal must be"),
        (business, "\"wingtip\"", "\"a b\"", "customer must be"),
        (business, "\"W\"", "\" \"", "display_name must not be empty"),
        (
            business,
            "\"W\"",
            "\"a\\u0000b\"",
            "display_name must not contain",
        ),
        (business, "\"US\"", "\"us\"", "country must be"),
        (business, "w.example", "w", "domain must be"),
        (business, "w.example", "1.2.3.4", "domain must be"),
        (
            business,
            "[\"manage_users\"]",
            "[]",
            "permissions must be at least one of",
        ),
        (
            business,
            "manage_users",
            "view_record",
            "permissions must be at least one of",
        ),
        (
            business,
            "2027-01-01T00:00:00Z",
            "soon",
            "expire_time must be a time",
        ),
        (
            business,
            "\"permissions\"",
            "\"roles\"",
            "unknown field `roles`",
        ),
        (&subscription, ID, "7", "id must be a UUID"),
        (&subscription, "\"o\"", "\"\"", "offer must not be empty"),
        (
            &subscription,
            "\"D\"",
            "\"\"",
            "display_name must not be empty",
        ),
        (&subscription, "10", "0", "quantity must be 1 to 1,000,000"),
        (
            &subscription,
            "10",
            "1000001",
            "quantity must be 1 to 1,000,000",
        ),
        (&subscription, "10", "1.5", "invalid type: floating point"),
        (
            &subscription,
            "\"off\"",
            "\"never\"",
            "unknown variant `never`",
        ),
        (&subscription, "active", "ended", "unknown variant `ended`"),
        (
            &subscription,
            "2020-01-02T00:00:00Z",
            "2020-13-02T00:00:00Z",
            "update_time must be a time",
        ),
        (&user, "ana@", "ana", "sign_in_name must be"),
        (
            &user,
            "2020-01-01T00:00:00Z",
            "",
            "create_time must be a time",
        ),
        (&license, "\"wingtip\"", "\"\"", "customer must be"),
        (
            &license,
            "2020-01-01T00:00:00Z",
            "9",
            "assign_time must be a time",
        ),
    ];
    for (line, from, to, expected) in table {
        assert!(
            line.contains(from) && read(line.as_bytes()).is_ok(),
            "{line}"
        );
        let reason = reason(&line.replace(from, to));
        assert!(reason.starts_with(expected), "{from} as {to}: {reason}");
    }
    for field in ["subscription", "user"] {
        let bad = license.replace(&format!("\"{field}\":\""), &format!("\"{field}\":\"x"));
        assert!(reason(&bad).starts_with(&format!("{field} must be a UUID")));
    }
    let eleven = [r#"{"permissions":["manage_users"]}"#; 11].join(",");
    let many = business.replace(
        r#"{"permissions":["manage_users"],"expire_time":"2027-01-01T00:00:00Z"}"#,
        &eleven,
    );
    assert_eq!(reason(&many), "privileges must be at most 10");
}
