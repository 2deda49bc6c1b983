//! Pages in a real browser, with scripts and without; and that the browser would see their faults.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tests::{Browser, Reader};

use crate::all::start_all;

/// A page with one of everything that can be filled, and a line that only a script writes.
const FORM: &str = r#"<!doctype html>
<html lang="pt-BR">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Um formulário</title>
<main>
<h1>Um formulário</h1>
<p id="script">sem script</p>
<noscript><p>noscript</p></noscript>
<script>document.getElementById("script").textContent = `script: ${navigator.language}`</script>
<form action="">
<p><label for="name">Nome <small>curto</small></label> <input id="name" name="name" value="antes">
<p><label>Texto <textarea name="text"></textarea></label>
<p><label>País <select name="country"><option>Portugal<option value="BR">Brasil</select></label>
<p><label>Dia <input type="date" name="day"></label>
<p><label><input type="checkbox" name="agreed"> De acordo</label>
<p><button>Enviar</button> <button aria-label="Enviar de novo" name="again">Enviar</button>
<button hidden>Cancelar</button>
</form>
<details><summary>Mais</summary><p>escondido</p></details>
</main>
"#;

/// A page with a fault of each kind.
const FAULTY: &str = r#"<!doctype html>
<html lang="en">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Faulty</title>
<main><h1>Faulty</h1><img src="a.png"><p style="color: #aaa">Pale</p>
<div style="overflow: auto" tabindex="0"><p style="width: 40rem">Scrolls by itself</p></div>
<p style="width: 30rem; background: #eee">Wide</p></main>
"#;

const READERS: [Reader; 2] = [
    Reader {
        language: "en",
        scripts: true,
        width: 1280,
    },
    Reader {
        language: "pt-BR",
        scripts: false,
        width: 320,
    },
];

fn written(folder: &Path, page: &str) -> String {
    let path = folder.join("page.html");
    fs::write(&path, page).expect("a page is written");
    format!("file://{}", path.display())
}

/// The people of the development sign-in can be chosen by everybody, with scripts or without.
#[tokio::test]
async fn the_development_sign_in_is_read_by_everybody() {
    let folder = TempDir::new().expect("a temporary folder");
    let exports = folder.path().join("exports");
    let _all = start_all(folder.path(), &exports).await;
    let exports = fs::read_to_string(exports).expect("what it printed");
    let line = |line| str::strip_prefix(line, "export SIGN_IN=");
    let sign_in = exports.lines().find_map(line).expect("a sign-in");
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let asked = format!(
        "{sign_in}/authorize?response_type=code&client_id=portal&scope=openid&state=here\
        &redirect_uri={sign_in}/end-session&code_challenge={challenge}&code_challenge_method=S256"
    );
    for reader in READERS {
        let browser = Browser::start(reader).await;
        browser.open(&asked).await;
        assert_eq!(browser.language().await, "en");
        assert!(browser.reads("Beto Souza").await);
        assert!(browser.reads("Olga Petrov").await);
        browser.check("sign-in").await;
        let title = browser.title().await;
        browser
            .press("Beto Souza Global admin of the customer adatum")
            .await;
        let address = browser.address().await;
        assert!(address.contains("/end-session?code="), "{address}");
        browser.check("signed-out").await;
        browser.back().await;
        assert_eq!(browser.title().await, title);
    }
}

/// What a test does on a page arrives, and only what a reader could do can be done.
#[tokio::test]
async fn a_browser_does_what_its_reader_does() {
    let folder = TempDir::new().expect("a temporary folder");
    let url = written(folder.path(), FORM);
    for reader in READERS {
        let mut browser = Browser::start(reader).await;
        browser.open(&url).await;
        let script = format!("script: {}", reader.language);
        assert_eq!(browser.reads(&script).await, reader.scripts);
        assert_eq!(browser.reads("noscript").await, !reader.scripts);
        assert_eq!(browser.language().await, "pt-BR");
        assert_eq!(browser.faults().await, [""; 0]);

        assert!(!browser.reads("escondido").await);
        browser.press_here("Mais").await;
        browser.wait_for("escondido").await;
        browser.fill("Nome curto", "Ana 𝒜 & Cia").await;
        browser.fill("Texto", "uma\nduas").await;
        browser.fill("País", "Brasil").await;
        browser.fill("Dia", "2030-01-31").await;
        browser.tick("De acordo").await;
        browser.tick("De acordo").await;
        browser.resize(640).await;
        browser.press("Enviar de novo").await;
        let address = browser.address().await;
        let sent = "?name=Ana+%F0%9D%92%9C+%26+Cia&text=uma%0D%0Aduas&country=BR\
            &day=2030-01-31&agreed=on&again=";
        assert_eq!(address, format!("{url}{sent}"));
        assert_eq!(browser.cookies().await, [""; 0]);

        browser.open(&url).await;
        let browser = Arc::new(browser);
        for nothing in ["Enviar nada", "Cancelar", "De acordo"] {
            let pressing = browser.clone();
            let pressing = tokio::spawn(async move { pressing.press(nothing).await });
            let told = pressing.await.expect_err("nothing to press").into_panic();
            let told = told.downcast::<String>().expect("a message");
            assert!(told.starts_with("0 buttons or links are called"), "{told}");
            assert!(told.contains("page.html reads:\nUm formulário"), "{told}");
        }
    }
}

/// Faults are found at the width where they are, whatever the page allows and its reader has.
#[tokio::test]
async fn a_browser_finds_the_faults_of_a_page() {
    let folder = TempDir::new().expect("a temporary folder");
    let url = written(folder.path(), FAULTY);
    for reader in READERS {
        let mut browser = Browser::start(reader).await;
        browser.open(&url).await;
        for (width, wide) in [(320, 2), (1280, 0)] {
            browser.resize(width).await;
            let faults = browser.faults().await;
            let of = |what: &str| {
                faults
                    .iter()
                    .filter(|fault| fault.starts_with(what))
                    .count()
            };
            assert_eq!(of("image-alt: Images must have alternative text: <img"), 1);
            assert_eq!(of("color-contrast: "), 1, "{faults:?}");
            let sideways =
                of("scrolls sideways") + of("sticks out to the right: <p style=\"width: 30");
            assert_eq!(sideways, wide, "{faults:?}");
            assert_eq!(faults.len(), 2 + wide, "{faults:?}");
        }
    }
}
