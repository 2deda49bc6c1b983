//! Whether a token is an access token, judged by what its issuer says of it: in the header, in a
//! claim, or as the issuer's entry in the list has it. An ID token tells an application who has
//! signed in, and opens nothing here.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::refusal::Refused;

/// How an issuer marks its access tokens. Where it is configured every token of the issuer has to
/// have it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Mark {
    Claim { claim: String, value: String },
    Header { header: Header, value: String },
}

/// The fields of a token's header that may say of what kind it is.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Header {
    Typ,
}

/// What one place in a token says of its kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Access,
    Other,
    Nothing,
}

/// Refuses what is no access token. A token that says in one place that it is, and in another that
/// it is not, is refused; where it says neither, claims that only ID tokens are meant to have
/// decide.
pub(super) fn check(
    typ: Option<&str>,
    claims: &Map<String, Value>,
    mark: Option<&Mark>,
) -> Result<(), Refused> {
    let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
    let mut says = vec![
        typ.map_or(Says::Nothing, in_header),
        text("typ").map_or(Says::Nothing, in_typ),
        text("token_use").map_or(Says::Nothing, in_token_use),
    ];
    let marked = match mark {
        None => None,
        Some(Mark::Claim { claim, value }) => Some(text(claim) == Some(value)),
        Some(Mark::Header {
            header: Header::Typ,
            value,
        }) => {
            // what this issuer says there has the meaning that is configured, and no other
            says[0] = Says::Nothing;
            Some(typ.is_some_and(|typ| typ.eq_ignore_ascii_case(value)))
        }
    };
    match marked {
        None => {}
        Some(true) => says.push(Says::Access),
        Some(false) => return Err("not marked as the issuer's access tokens are"),
    }
    if says.contains(&Says::Other) {
        return Err("not an access token, by its type");
    }
    let of_id_tokens = ["nonce", "at_hash", "c_hash"];
    let looks_like_one = of_id_tokens.iter().any(|&claim| claims.contains_key(claim));
    if looks_like_one && !says.contains(&Says::Access) {
        return Err("like an ID token, and not said to be an access token");
    }
    Ok(())
}

/// The type of RFC 9068, or the general one. Every other is that of another kind of token.
fn in_header(typ: &str) -> Says {
    match typ.to_ascii_lowercase().as_str() {
        "at+jwt" | "application/at+jwt" => Says::Access,
        "jwt" | "application/jwt" => Says::Nothing,
        _ => Says::Other,
    }
}

/// The claim of Keycloak.
fn in_typ(typ: &str) -> Says {
    match typ {
        "Bearer" | "DPoP" => Says::Access,
        "ID" | "Refresh" | "Offline" | "Logout" => Says::Other,
        _ => Says::Nothing,
    }
}

/// The claim of Cognito.
fn in_token_use(token_use: &str) -> Says {
    match token_use {
        "access" => Says::Access,
        "id" => Says::Other,
        _ => Says::Nothing,
    }
}
