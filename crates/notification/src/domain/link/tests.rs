//! Every way in which an edited text can have, lack or damage its link.

use super::*;

const MAC: &str = "3Jq5xkz0cXn8mT2vYb7wLd4sHf9aPg1rEo6uKiCjQhM";
const INVITATION: &str = "AZfzoFt-fDqdWAwdLj9KWw";

fn url(host: &str, key: &str, invitation: &str, generation: u32, mac: &str) -> String {
    format!("{host}/i/{key}.{invitation}.{generation}.{mac}")
}

fn ours() -> String {
    url("https://connect.example:8443", "k1", INVITATION, 2, MAC)
}

fn take_out(text: &str) -> Result<String, Refusal> {
    Link::parse(&ours()).unwrap().take_out(text)
}

/// R17: with the exact link alone on a line the text is taken, and gives the same text back.
#[test]
fn the_exact_link_alone_on_a_line_is_replaced() {
    let link = Link::parse(&ours()).unwrap();
    let text = format!("Hello,\n\n{}\n\nKind regards\n", ours());
    let kept = link.take_out(&text).unwrap();
    assert_eq!(kept, "Hello,\n\n\u{1A}\n\nKind regards\n");
    assert!(!kept.contains(MAC));
    assert_eq!(link.fill(&kept), text);
    assert_eq!(take_out(&ours()).unwrap(), PLACEHOLDER);
    assert_eq!(
        take_out(&format!("a\n \t{} \nb", ours())).unwrap(),
        "a\n\u{1A}\nb"
    );
}

/// R17: the refusal says what is missing.
#[test]
fn a_text_without_the_exact_link_is_refused() {
    let missing = |what| Err(Refusal::LinkMissing(what));
    assert_eq!(take_out("Hello"), missing(Missing::Link));
    assert_eq!(
        take_out("see https://connect.example:8443/about"),
        missing(Missing::Link)
    );
    for inline in [
        format!("Open {} now", ours()),
        format!("{}.", ours()),
        format!("<{}>", ours()),
        format!("> {}", ours()),
    ] {
        assert_eq!(take_out(&inline), missing(Missing::OwnLine), "{inline}");
    }
    let half = ours().len() - 20;
    for changed in [
        ours().replace("3Jq5", "3Jq6"),
        ours().replace("k1.", "k2."),
        ours()[..half].to_owned(),
        format!("{}x", ours()),
        format!("{}\n{}", &ours()[..half], &ours()[half..]),
        ours().replace("https", "http"),
        ours().replace("connect", "CONNECT"),
    ] {
        assert_eq!(take_out(&changed), missing(Missing::ExactLink), "{changed}");
    }
}

/// R17, R18: no second link, no superseded one, no other invitation's, and ours on no other host.
#[test]
fn another_link_of_ours_is_refused_beside_the_link_and_instead_of_it() {
    let other_mac = MAC.replace("3Jq5", "9zZ9");
    let host = "https://connect.example:8443";
    for foreign in [
        url(host, "k1", INVITATION, 1, &other_mac),
        url(host, "k1", "BZfzoFt-fDqdWAwdLj9KWw", 2, &other_mac),
        url(
            "https://connect.example.evil.example",
            "k1",
            INVITATION,
            2,
            MAC,
        ),
        url("https://connеct.example:8443", "k1", INVITATION, 2, MAC),
        url(
            "http://CONNECT.example:8443",
            "k1",
            INVITATION,
            1,
            &other_mac,
        ),
        ours().replace("/i/", "%2Fi%2F").replace("connect", "evil"),
    ] {
        assert_eq!(
            take_out(&foreign),
            Err(Refusal::ForeignLink(DraftField::Text)),
            "{foreign}"
        );
        let both = format!("{}\n\nor {foreign}.", ours());
        assert_eq!(
            take_out(&both),
            Err(Refusal::ForeignLink(DraftField::Text)),
            "{both}"
        );
    }
    for second in [
        format!("{}\n{}", ours(), ours()),
        format!("{}\nagain: {}", ours(), ours()),
        format!("{}\n{}x", ours(), ours()),
        format!("{}\nhttps://connect.example:8443/i/x", ours()),
    ] {
        assert_eq!(
            take_out(&second),
            Err(Refusal::ForeignLink(DraftField::Text)),
            "{second}"
        );
    }
}

/// R17, R18: a link is what browsers and mail programs make of it, not how it is spelled.
#[test]
fn another_link_of_ours_is_refused_in_any_disguise() {
    let theirs = |token: &str| format!("https://evil.example/i/{token}");
    let token = ours().rsplit('/').next().unwrap().to_owned();
    let (superseded, full_width) = (token.replace(".2.", ".1."), |c: char| {
        char::from_u32(u32::from(c) + 0xfee0).unwrap()
    });
    for foreign in [
        theirs(&token.replace('.', "%2E")),
        theirs(&token.replace('A', "%41").replace('.', "%252e")),
        theirs(&token.replace('3', "%252533")),
        theirs(&token.replace('A', "A\u{200b}")),
        theirs(&token.replace('.', "\u{2060}.\u{ad}")),
        theirs(&token.replace('z', "z\u{fe0f}\u{e0041}\u{200d}\u{34f}")),
        theirs(&token.replace('.', "％2\u{200b}E")),
        theirs(&token.replace('A', "%E2%80%8BA")),
        theirs(&token.chars().map(full_width).collect::<String>()),
        theirs(&token.replacen('.', "。", 1).replacen('.', "｡", 1)),
        theirs(&token).replace("/i/", "/").replace('/', "\\"),
        theirs(&format!("{token}\u{200b}x")),
        theirs(&format!("{token}.html")),
        format!(
            "https://evil.example/?to={}",
            ours().replace(':', "%3A").replace('/', "%2F")
        ),
        format!("http://con\u{200b}nect.example:8443/i/{superseded}"),
        ours().replace("connect.example", "ｃｏｎｎｅｃｔ｡example"),
        ours().replace('/', "\\"),
    ] {
        let refused = Err(Refusal::ForeignLink(DraftField::Text));
        assert_eq!(take_out(&foreign), refused, "{foreign}");
        let both = format!("{}\n\nor {foreign}.", ours());
        assert_eq!(take_out(&both), refused, "{both}");
        let link = Link::parse(&ours()).unwrap();
        assert_eq!(
            link.keep_out(&foreign),
            Err(Refusal::ForeignLink(DraftField::Subject))
        );
    }
    // the link itself in disguise is a changed copy
    let changed = take_out(&ours().replace(".2.", "%2E2%2E"));
    assert_eq!(changed, Err(Refusal::LinkMissing(Missing::ExactLink)));
}

/// R17: a subject is kept as it is, so no link of ours may be in it.
#[test]
fn no_link_of_ours_goes_into_a_subject() {
    let link = Link::parse(&ours()).unwrap();
    for subject in [
        ours(),
        format!("Open {}", ours()),
        ours().replace(".2.", ".1."),
    ] {
        let refused = Err(Refusal::ForeignLink(DraftField::Subject));
        assert_eq!(link.keep_out(&subject), refused, "{subject}");
    }
    assert_eq!(link.keep_out("See https://contoso.example/i/am"), Ok(()));
}

#[test]
fn links_to_elsewhere_are_the_partners_business() {
    for elsewhere in [
        "https://contoso.example/i/am",
        "https://myconnect.example:8443/i/photo",
        "https://my.connect.example:8443/i/photo",
        "https://connect.example:8443/about",
        "https://connect.example:9999/i/x",
        "1.2.3.4 and a.b.c.d",
        "https://contoso.example/100%25?q=%2Fi%2Fx.y.1.z&utm=%C3%A9 …",
        "https://connect.example:8443/i/…",
        "e\u{301} ﬁn\u{ad}ance C:\\i\\a 👩‍👩‍👧 ½ می\u{200c}خواهم",
    ] {
        let text = format!("{elsewhere}\n{}\n", ours());
        assert_eq!(take_out(&text).unwrap(), format!("{elsewhere}\n\u{1A}\n"));
    }
}

#[test]
fn what_is_no_link_is_refused() {
    for good in [
        "http://127.0.0.1:8080/i/a",
        "https://[::1]:1/base/i/k1.a.1.b",
    ] {
        assert_eq!(Link::parse(good).unwrap().as_str(), good);
    }
    let long = format!("https://{}.example/i/a", "a".repeat(400));
    for bad in [
        "",
        "https://connect.example",
        "https://connect.example/i/",
        "https://connect.example/i/a/b",
        "https://connect.example/i/a b",
        "https://connect.example/i/<a>",
        "https://connect.example/\"/i/a",
        "javascript:alert(1)/i/a",
        "ftp://connect.example/i/a",
        "https://connect.example/i/a\r\n",
        &long,
    ] {
        assert!(Link::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_link_does_not_show_itself() {
    assert_eq!(format!("{:?}", Link::parse(&ours()).unwrap()), "Link(…)");
}
