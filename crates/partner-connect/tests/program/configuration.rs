//! What is wrong with the configuration is said in one line, with exit code 64, before a socket
//! opens.

use std::fs;
use std::net::TcpListener;

use tempfile::TempDir;

use crate::{Ended, ended, program};

const ROLES: [&str; 12] = [
    "web",
    "gateway",
    "invitation",
    "relationship",
    "notification",
    "directory",
    "all",
    "demo",
    "migrate",
    "keys",
    "token",
    "healthcheck",
];

/// A folder with keys, and with files that are no use.
pub(crate) fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().join("keys");
    assert_eq!(
        ended(program(&["keys", keys.to_str().unwrap(), "--issuer"])).code,
        Some(0)
    );
    fs::write(folder.path().join("empty"), "").unwrap();
    fs::write(folder.path().join("blank"), " \n").unwrap();
    folder
}

pub(crate) fn refused(ended: &Ended) -> &str {
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert_eq!(ended.out, "", "nothing but the refusal is said");
    let line = ended.err.strip_suffix('\n').unwrap_or(&ended.err);
    assert!(
        !line.contains('\n') && line.starts_with("partner-connect: "),
        "not one line: {line}"
    );
    line
}

/// Each of these is refused, for the reason given, and nothing secret is repeated.
pub(crate) fn refuses<const N: usize>(base: &[&str], cases: [(&[&str], &str); N]) {
    for (more, reason) in cases {
        let arguments = [base, more].concat();
        let ended = ended(program(&arguments));
        let line = refused(&ended);
        assert!(line.contains(reason), "{arguments:?} said: {line}");
        assert!(!line.contains("hidden"), "a secret is shown: {line}");
    }
}

/// A flag that is missing, unknown, or has no usable value.
#[test]
fn wrong_flags_are_refused_in_one_line() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (keys, empty, absent) = (path("keys"), path("empty"), path("absent"));
    let gateway = [
        "gateway",
        "--keys",
        &keys,
        "--relationship-url=http://a:1",
        "--notification-url=http://a:1",
        "--directory-url=http://a:1",
    ];
    refuses(
        &gateway,
        [
            (
                &[],
                "required arguments were not provided: --invitation-url",
            ),
            (&["--invitation-url=invitation:50051"], "--invitation-url"),
            (
                &["--invitation-url=https://a:1"],
                "not of the form http://host:port",
            ),
        ],
    );
    refuses(
        &[&gateway[..], &["--invitation-url=http://a:1"]].concat(),
        [
            (&["--colour"], "unexpected argument '--colour'"),
            (&["--deadline=0"], "--deadline"),
            (&["--drain=1.5"], "--drain"),
            (&["--max-in-flight=0"], "--max-in-flight"),
            (&["--listen=localhost"], "--listen"),
            (&["--log=nonsense=x"], "the log filter is not valid"),
            (&["--log-format=xml"], "--log-format"),
            (&["--otlp-endpoint=collector"], "--otlp-endpoint"),
            (&["--issuers", &absent], "No such file"),
            (&["--issuers", &empty], "the file is empty"),
        ],
    );
}

/// A store that cannot be meant.
#[test]
fn wrong_stores_are_refused_in_one_line() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (keys, empty, blank, absent) = (path("keys"), path("empty"), path("blank"), path("absent"));
    refuses(
        &["notification", "--keys", &keys],
        [
            (&[], "--database-url-file"),
            (
                &["--database-url=mysql://ana:hidden@db/x"],
                "begins with sqlite: or postgres://",
            ),
            (
                &["--database-url=postgres://ana:hidden@db:x/y"],
                "the store: error with configuration: invalid port number",
            ),
            (
                &[
                    "--database-url=postgres://db/x",
                    "--database-schema=No Name",
                ],
                "a schema name is 1 to 63 of",
            ),
            (&["--database-url-file", &absent], "No such file"),
            (&["--database-url-file", &empty], "the file is empty"),
            (&["--database-url-file", &blank], "the file is empty"),
            (
                &["--database-url=sqlite:x", "--database-url-file", &empty],
                "cannot be used with",
            ),
            (&["--mailto-bytes=100"], "--mailto-bytes"),
        ],
    );
    refuses(
        &["notification", "--database-url=sqlite:x", "--keys"],
        [(&[&absent], "issuers.json")],
    );
}

/// A file that an editor has marked as UTF-8 says the same as without the mark.
#[test]
fn a_byte_order_mark_is_no_part_of_an_address() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("n.db").display());
    let file = folder.path().join("url");
    fs::write(&file, format!("\u{feff}{url}\r\n")).unwrap();
    let file = format!("--database-url-file={}", file.display());
    let migrated = ended(program(&["migrate", "notification", &file]));
    assert_eq!((migrated.code, migrated.err.as_str()), (Some(0), ""));
}

/// The roles that do one thing, and those that serve on a laptop.
#[test]
fn wrong_commands_are_refused_in_one_line() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (keys, absent) = (path("keys"), path("absent"));
    refuses(
        &[],
        [
            (&[], "name a role"),
            (&["portal"], "unrecognized subcommand 'portal'"),
            (
                &["all", "--data", &absent, "--enrollment=never"],
                "--enrollment",
            ),
            (
                &["demo", "--postgres=sqlite:x"],
                "not of the form postgres://",
            ),
            (
                &["migrate", "gateway", "--database-url=sqlite:x"],
                "invalid value 'gateway'",
            ),
            (&["token", "--keys", &keys], "--tenant"),
            (
                &["token", "--keys", &keys, "--tenant=Contoso"],
                "--tenant: must be an organisation id",
            ),
            (
                &["token", "--keys", &keys, "--operator", "--service"],
                "cannot be used with",
            ),
            (
                &["token", "--keys", &absent, "--operator"],
                "issuer.key.pem",
            ),
            (&["healthcheck", "--address=here"], "--address"),
        ],
    );
}

/// Who asks for a token that nobody would believe, or for one that means less than it says.
#[test]
fn a_token_that_contradicts_itself_is_not_minted() {
    let folder = folder();
    let keys = format!("--keys={}", folder.path().join("keys").display());
    for who in ["--operator", "--service"] {
        refuses(
            &["token", &keys, who],
            [
                (&["--tenant=contoso"], "cannot be used with"),
                (&["--role=global-admin"], "cannot be used with"),
                (&["--email=ana@contoso.example"], "cannot be used with"),
            ],
        );
    }
    refuses(
        &["token", &keys, "--tenant=contoso"],
        [
            (
                &["--role=globaladmin"],
                "must be global-admin or admin-agent",
            ),
            (&["--role=operator"], "must be global-admin or admin-agent"),
            (&["--role=admin-agent", "--role="], "--role"),
            (&["--email=ana"], "must be an email address"),
            (&["--email=@contoso.example"], "must be an email address"),
            (&["--subject="], "--subject"),
            (&["--subject=a\tb"], "must be 1 to 255 bytes"),
            (&["--ttl=0"], "--ttl"),
        ],
    );
}

/// A key that is none is found at the start, in the issuer's set and in that of the services, and
/// named.
#[test]
fn a_key_that_is_none_is_refused_in_one_line() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (keys, store) = (path("keys"), path("n.db"));
    let (keys, store) = (
        format!("--keys={keys}"),
        format!("--database-url=sqlite:{store}"),
    );
    for (file, id) in [
        ("issuer.jwks.json", "local"),
        ("services.jwks.json", "gateway"),
    ] {
        let path = folder.path().join("keys").join(file);
        let good = fs::read_to_string(&path).unwrap();
        let (before, rest) = good.rsplit_once(&format!("\"kid\": \"{id}\"")).unwrap();
        let (_, after) = rest.split_once("\"x\": \"").unwrap();
        let (key, _) = after.split_once('"').unwrap();
        fs::write(
            &path,
            format!("{before}{}", good[before.len()..].replace(key, "AQAB")),
        )
        .unwrap();
        let what = format!("{file}: key \"{id}\": not a key of Ed25519");
        refuses(&["notification", &keys, &store], [(&[], what.as_str())]);
        fs::write(&path, good).unwrap();
    }
}

/// A variable that no role knows is refused; the flag wins over a known one; one of another role is
/// no error.
#[test]
fn the_environment_is_configuration() {
    let mut command = program(&["healthcheck", "--address=127.0.0.1:1"]);
    command.env("PARTNER_CONNECT_LISTNE", "127.0.0.1:1");
    assert!(
        refused(&ended(command)).contains("unknown environment variable PARTNER_CONNECT_LISTNE")
    );

    let mut command = program(&["healthcheck"]);
    command.env("PARTNER_CONNECT_ADDRESS", "here");
    assert!(refused(&ended(command)).contains("--address"));

    let mut command = program(&["healthcheck", "--address=127.0.0.1:1"]);
    command
        .env("PARTNER_CONNECT_ADDRESS", "here")
        .env("PARTNER_CONNECT_LISTEN", "127.0.0.1:1");
    assert_eq!(ended(command).code, Some(1), "asked, and not answered");
}

/// What is no level would be taken for the name of a module, and nothing else would be logged: it
/// is refused.
#[test]
fn a_misspelt_level_silences_nothing() {
    for bad in [
        "warning",
        "debgu",
        "info,sqlx",
        "sqlx=wran",
        "info;sqlx=warn",
    ] {
        for role in ["demo", "all", "gateway", "directory"] {
            let log = format!("--log={bad}");
            let line = ended(program(&[role, &log]));
            let line = refused(&line);
            assert!(line.contains("the log filter is not valid"), "{line}");
            assert!(
                line.contains("off, error, warn, info, debug, trace"),
                "{line}"
            );
        }
        let mut command = program(&["demo"]);
        command.env("PARTNER_CONNECT_LOG", bad);
        assert!(refused(&ended(command)).contains("--log"));
    }
}

/// A variable that is empty is as if it were not set, whichever it is; an unknown one is refused
/// all the same.
#[test]
fn an_empty_variable_is_not_set() {
    for role in ROLES {
        let help = ended(program(&[role, "--help"])).out;
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let variables: Vec<&str> = help
            .split("[env: ")
            .skip(1)
            .filter_map(|rest| rest.split(']').next())
            .collect();
        let arguments = match role {
            // what would run as it is ends before it begins
            "all" | "demo" => vec![role, "--log=nonsense"],
            "directory" => vec![role, "export"],
            _ => vec![role],
        };
        let mut command = program(&arguments);
        command.envs(variables.iter().map(|variable| (variable, "")));
        let (with, without) = (ended(command), ended(program(&arguments)));
        assert_eq!(with.code, without.code, "{variables:?}");
        // who answers where it asks unless told otherwise may change between the two
        if role != "healthcheck" {
            assert_eq!(with.err, without.err, "{variables:?}");
        }
        let known = role == "keys" || !variables.is_empty();
        assert!(known, "no variable in: {help}");
    }
    let mut command = program(&["healthcheck", "--address=127.0.0.1:1"]);
    command.env("PARTNER_CONNECT_LISTNE", "");
    assert!(refused(&ended(command)).contains("PARTNER_CONNECT_LISTNE"));
}

/// A switch is turned on and off by any usual word, and by nothing else.
#[test]
fn a_switch_takes_any_usual_word() {
    for (word, code) in [
        ("1", 1),
        ("yes", 1),
        ("off", 1),
        ("false", 1),
        ("perhaps", 64),
    ] {
        let folder = folder();
        // It goes as far as its configuration is right: there are no tables.
        let urls = [
            "--notification-url=http://a:1",
            "--directory-url=http://a:1",
        ];
        let mut command = program(&[&["relationship", "--log=off"], &urls[..]].concat());
        command
            .arg(format!("--keys={}", folder.path().join("keys").display()))
            .arg(format!(
                "--database-url=sqlite:{}",
                folder.path().join("r.db").display()
            ))
            .env("PARTNER_CONNECT_RESELLER_ORDERS", word);
        let ended = ended(command);
        assert_eq!(ended.code, Some(code), "{word}: {ended:?}");
    }
}

/// Wrong configuration is said before a socket opens: the port that is taken is not even tried.
#[test]
fn configuration_comes_before_sockets() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("--listen={}", taken.local_addr().unwrap());
    let keys = format!("--keys={}", folder.path().join("keys").display());
    let store = format!(
        "--database-url=sqlite:{}",
        folder.path().join("n.db").display()
    );
    assert_eq!(
        ended(program(&["migrate", "notification", &store])).code,
        Some(0)
    );

    let role = [
        "notification",
        &keys,
        &store,
        &listen,
        "--health-listen=127.0.0.1:0",
    ];
    refused(&ended(program(&[&role[..], &["--log=a=b=c"]].concat())));
    let ended = ended(program(&[&role[..], &["--log=off"]].concat()));
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    let line = format!(
        "partner-connect: cannot listen on {}: Address already in use",
        taken.local_addr().unwrap()
    );
    assert!(
        ended.err.starts_with(&line) && ended.err.lines().count() == 1,
        "{}",
        ended.err
    );
}

/// `--help` of every role says what each flag does; of those of a service also the variable, and
/// the default.
#[test]
fn help_is_the_reference() {
    let whole = ended(program(&["--help"]));
    assert_eq!(whole.code, Some(0));
    for role in ROLES {
        assert!(
            whole.out.contains(&format!("  {role} ")),
            "{role} is missing in: {}",
            whole.out
        );
        let mut command = program(&[role, "--help"]);
        command.env("PARTNER_CONNECT_DATABASE_URL", "postgres://ana:hidden@db/x");
        let help = ended(command);
        assert_eq!((help.code, help.err.as_str()), (Some(0), ""), "{role}");
        assert!(!help.out.contains("hidden"), "{role} --help shows a secret");
    }
    let help = ended(program(&["invitation", "--help"])).out;
    for (flag, variable, default) in [
        ("--listen <ADDR>", "PARTNER_CONNECT_LISTEN", "0.0.0.0:50051"),
        (
            "--health-listen <ADDR>",
            "PARTNER_CONNECT_HEALTH_LISTEN",
            "0.0.0.0:50061",
        ),
        ("--deadline <SECONDS>", "PARTNER_CONNECT_DEADLINE", "10"),
        (
            "--max-request-bytes <BYTES>",
            "PARTNER_CONNECT_MAX_REQUEST_BYTES",
            "1048576",
        ),
        (
            "--invitations-per-day <N>",
            "PARTNER_CONNECT_INVITATIONS_PER_DAY",
            "500",
        ),
        (
            "--open-invitations <N>",
            "PARTNER_CONNECT_OPEN_INVITATIONS",
            "5000",
        ),
    ] {
        let (_, rest) = help
            .split_once(flag)
            .unwrap_or_else(|| panic!("{flag} is missing in: {help}"));
        let entry = rest.split("\n      --").next().unwrap();
        assert!(
            entry.contains(&format!("[env: {variable}]")),
            "{flag}: {entry}"
        );
        assert!(
            entry.contains(&format!("[default: {default}]")),
            "{flag}: {entry}"
        );
    }
}
