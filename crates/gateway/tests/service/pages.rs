//! What a browser, or a mail scanner, gets: one page under `/i/`, and nothing anywhere else.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Gateway, StandIn};

const LINK: &str = "/i/k1.AZfzoFt-fDqdWAwdLj9KWw.1.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA";

/// A page as HTTP/1.1 has it.
struct Page {
    status: u16,
    headers: String,
    body: String,
}

impl Page {
    fn has(&self, header: &str) -> bool {
        self.headers
            .lines()
            .any(|line| line.eq_ignore_ascii_case(header))
    }
}

async fn ask(gateway: &Gateway, method: &str, path: &str, language: &str) -> Page {
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {}\r\naccept-language: {language}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        gateway.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (headers, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    Page {
        status,
        headers: headers.to_owned(),
        body: body.to_owned(),
    }
}

/// R44: one text per language that says how to accept; kept by nobody, telling nobody where it was
/// read.
#[tokio::test]
async fn a_link_says_how_to_accept() {
    let gateway = Gateway::alone().await;
    for (language, expected, words) in [
        ("en", "en", "You have been invited"),
        ("pt-BR,pt;q=0.9", "pt-BR", "Você recebeu um convite"),
        ("de", "en", "You have been invited"),
    ] {
        let page = ask(&gateway, "GET", LINK, language).await;
        assert_eq!(page.status, 200);
        assert!(page.body.starts_with(words), "{}", page.body);
        assert!(
            page.body
                .contains("partnerconnect.invitation.v1.InvitationService/AcceptInvitation")
        );
        let language = format!("content-language: {expected}");
        for header in [
            "cache-control: no-store",
            "referrer-policy: no-referrer",
            &language,
        ] {
            assert!(page.has(header), "{header} is missing in {}", page.headers);
        }
    }
}

/// Whoever opens a link, and whatever stands in it, learns nothing and changes nothing: no service
/// is asked.
#[tokio::test]
async fn a_link_is_looked_up_nowhere() {
    let mut owners = [
        StandIn::content().await,
        StandIn::content().await,
        StandIn::content().await,
    ];
    let gateway = Gateway::start(owners[0].address, owners[1].address, owners[2].address).await;
    let genuine = ask(&gateway, "GET", LINK, "en").await;
    for other in [
        "/i/x",
        "/i/..%2f..%2fetc%2fpasswd",
        "/i/%00",
        "/i/a/b",
        "/i/%ff%fe",
        "/i/k1.AZ.1.q83?x=1",
    ] {
        let page = ask(&gateway, "GET", other, "en").await;
        assert_eq!((page.status, &page.body), (200, &genuine.body), "{other}");
    }
    let head = ask(&gateway, "HEAD", LINK, "en").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert!(head.has("cache-control: no-store") && head.has("referrer-policy: no-referrer"));
    assert!(owners.iter_mut().all(StandIn::is_untouched));
}

/// Every other path is 404; a link takes no form.
#[tokio::test]
async fn there_is_no_other_page() {
    let gateway = Gateway::alone().await;
    let call = "/partnerconnect.relationship.v1.AccessService/CheckAccess";
    for path in [
        "/",
        "/i",
        "/i/",
        "/favicon.ico",
        "/robots.txt",
        "/I/x",
        call,
    ] {
        assert_eq!(ask(&gateway, "GET", path, "en").await.status, 404, "{path}");
        assert_eq!(
            ask(&gateway, "POST", path, "en").await.status,
            404,
            "{path}"
        );
    }
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(
            ask(&gateway, method, LINK, "en").await.status,
            405,
            "{method}"
        );
    }
}
