//! What people read, in both languages: the words of the programme, each thing by one word.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The texts that are current, of every crate, in this language. Superseded ones keep their words.
fn current(language: &str) -> BTreeMap<PathBuf, String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let folders = fs::read_dir(crates).expect("a folder of crates");
    folders
        .filter_map(|entry| {
            let folder = entry.expect("a readable entry").path();
            let path = folder.join(format!("locales/{language}.ftl"));
            let texts = fs::read_to_string(&path).ok()?;
            Some((path, texts))
        })
        .collect()
}

/// R44, P4: the words that the programme has chosen stand in its texts, and those that they
/// replaced in none.
#[test]
fn the_programme_has_one_word_for_each_thing() {
    let chosen: [(&str, &[&str], &[&str]); 2] = [
        (
            "en",
            &[
                "a reseller relationship with each",
                "in line with your agreement with your customer or partner",
                "defend and hold harmless the programme and its operator against third-party claims",
                "You can end a relationship at any time",
                "Global admin",
            ],
            &[
                "a relationship each",
                "your partner agreement",
                "global admin",
                "Global Admin",
            ],
        ),
        (
            "pt-BR",
            &[
                "cada uma, uma relação de revendedor",
                "após a efetivação do seu aceite",
                "contrato firmado com o cliente ou parceiro",
                "defender e isentar o programa e seu operador",
                "reivindicações de terceiros",
                "comunicar os avisos",
                "ou até que expirem",
                "Você pode encerrar uma relação a qualquer momento",
                "Administrador global",
            ],
            &[
                "aceitação",
                "Aceitação",
                "administrador global",
                "uma relação cada um",
                "contrato de parceiro",
                "reclamações",
                "fazer ao cliente",
                "o prazo deles",
            ],
        ),
    ];
    for (language, words, replaced) in chosen {
        let texts = current(language);
        assert!(texts.len() >= 4, "{texts:?}");
        for word in words {
            assert!(texts.values().any(|text| text.contains(word)), "{word}");
        }
        for word in replaced {
            for (path, text) in &texts {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
        }
    }
}
