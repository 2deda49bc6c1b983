//! How large a refusal may be: it travels in headers, which every client and proxy on the way
//! limits.
//!
//! What is too large for them would reach the caller as a failure of the connection, so this is the
//! only place where a status gets its details.

use std::collections::HashMap;

use http::HeaderMap;
use prost::Message;
use prost_types::Any;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation, StatusExt, pb};

/// The most bytes of all headers of a refusal, as the HTTP/2 limit on them counts. The usual limit
/// is 16 KiB, for these and whatever else an answer has.
const MAX_BYTES: usize = 8 * 1024 - 1;
/// What of this is kept free for the reason in the caller's language, which is added last.
const LOCALIZED: usize = 1024;
/// The most bytes of that text, which base64 makes a third longer; type and locale come on top.
const LOCALIZED_TEXT: usize = 640;
const LOCALIZED_URL: &str = "type.googleapis.com/google.rpc.LocalizedMessage";
/// What HTTP/2 adds to each header when it counts (RFC 9113, section 6.5.2).
const HEADER_OVERHEAD: usize = 32;

/// How much of a refusal is kept: entries of each of its lists, and bytes of each of its texts. The
/// first that fits.
///
/// The last one always does.
const EXTENTS: [Extent; 3] = [
    Extent {
        entries: 10,
        text: 512,
    },
    Extent {
        entries: 10,
        text: 128,
    },
    Extent {
        entries: 4,
        text: 64,
    },
];

struct Extent {
    entries: usize,
    text: usize,
}

/// A status with these details, or with as much of them as a refusal has room for.
///
/// Of a long list the first entries are kept, and one more says how many are not; a long text ends
/// in `…`. Details of other kinds than ours may be lost where there is no room.
pub(super) fn status(code: Code, message: &str, details: &ErrorDetails) -> Status {
    EXTENTS
        .iter()
        .map(|extent| extent.status(code, message, details))
        .find(|status| size(status) <= MAX_BYTES - LOCALIZED)
        .unwrap_or_else(|| Status::new(code, ""))
}

/// The same refusal with this text beside its reason (`google.rpc.LocalizedMessage`). A long text
/// ends in `…`.
pub(super) fn localized(status: &Status, locale: &str, text: &str) -> Status {
    let said = pb::LocalizedMessage {
        locale: locale.to_owned(),
        message: shortened(text, LOCALIZED_TEXT),
    };
    // details of kinds that nobody here knows stay as they are
    let mut whole = pb::Status::decode(status.details()).unwrap_or_default();
    whole.code = status.code().into();
    whole.message = status.message().to_owned();
    whole
        .details
        .retain(|detail| detail.type_url != LOCALIZED_URL);
    whole.details.push(Any {
        type_url: LOCALIZED_URL.to_owned(),
        value: said.encode_to_vec(),
    });
    #[expect(
        clippy::disallowed_methods,
        reason = "bounded already, and what is added has its room"
    )]
    Status::with_details(
        status.code(),
        status.message(),
        whole.encode_to_vec().into(),
    )
}

/// A status that a service of ours answered, with its details as they are unless they are too
/// large.
pub(super) fn passed_on(status: &Status) -> Status {
    #[expect(
        clippy::disallowed_methods,
        reason = "measured here, and bounded where they are too large"
    )]
    let whole = Status::with_details(
        status.code(),
        status.message(),
        status.details().to_vec().into(),
    );
    if size(&whole) <= MAX_BYTES - LOCALIZED {
        return whole;
    }
    self::status(status.code(), status.message(), &status.get_error_details())
}

/// What a status takes of the headers that it travels in, in bytes.
fn size(status: &Status) -> usize {
    let mut headers = HeaderMap::new();
    match status.add_header(&mut headers) {
        Ok(()) => headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + HEADER_OVERHEAD)
            .sum(),
        Err(_) => usize::MAX,
    }
}

impl Extent {
    fn status(&self, code: Code, message: &str, details: &ErrorDetails) -> Status {
        let mut kept = ErrorDetails::new();
        if let Some(info) = details.error_info() {
            kept.set_error_info(
                self.text(&info.reason),
                self.text(&info.domain),
                self.metadata(&info.metadata),
            );
        }
        if let Some(retry) = details.retry_info() {
            kept.set_retry_info(retry.retry_delay);
        }
        if let Some(request) = details.bad_request() {
            let field = |violation: &FieldViolation| {
                FieldViolation::new(
                    self.text(&violation.field),
                    self.text(&violation.description),
                )
            };
            let rest = |more: usize| FieldViolation::new("", format!("{more} more like these"));
            kept.set_bad_request(self.list(&request.field_violations, field, rest));
        }
        if let Some(failure) = details.precondition_failure() {
            let precondition = |violation: &PreconditionViolation| {
                PreconditionViolation::new(
                    self.text(&violation.r#type),
                    self.text(&violation.subject),
                    self.text(&violation.description),
                )
            };
            let rest =
                |more: usize| PreconditionViolation::new("", "", format!("{more} more like these"));
            kept.set_precondition_failure(self.list(&failure.violations, precondition, rest));
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the details are bounded, and measured by the caller"
        )]
        Status::with_error_details(code, self.text(message), kept)
    }

    /// The first entries, and one that says how many are left out.
    fn list<T>(&self, all: &[T], kept: impl Fn(&T) -> T, rest: impl FnOnce(usize) -> T) -> Vec<T> {
        let more = all.len().saturating_sub(self.entries);
        let first = all.iter().take(self.entries).map(kept);
        first.chain((more > 0).then(|| rest(more))).collect()
    }

    fn metadata(&self, all: &HashMap<String, String>) -> HashMap<String, String> {
        let mut entries: Vec<_> = all.iter().collect();
        // the same ones each time
        entries.sort_unstable();
        entries
            .into_iter()
            .take(self.entries)
            .map(|(key, value)| (self.text(key), self.text(value)))
            .collect()
    }

    fn text(&self, whole: &str) -> String {
        shortened(whole, self.text)
    }
}

/// A text of at most this many bytes.
fn shortened(whole: &str, most: usize) -> String {
    if whole.len() <= most {
        return whole.to_owned();
    }
    let end = whole.floor_char_boundary(most - '…'.len_utf8());
    format!("{}…", &whole[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, SharedRefusal, Violation, exhausted, invalid, precondition};

    fn violations(count: usize, text: &str) -> SharedRefusal {
        let violation = |at| Violation::new(format!("questions[{at}].{text}"), text);
        SharedRefusal::InvalidFields((0..count).map(violation).collect())
    }

    #[test]
    fn the_first_violations_are_told_and_how_many_more() {
        let told = |count| {
            let status = Status::from(violations(count, "must be given"));
            let told = status.get_details_bad_request().unwrap().field_violations;
            (told.len(), told.last().cloned().unwrap().description)
        };
        assert_eq!(told(10), (10, "must be given".to_owned()));
        assert_eq!(told(300), (11, "290 more like these".to_owned()));
    }

    /// However a refusal is made, and however long what it says is, a header has room for it.
    #[test]
    fn no_refusal_is_too_large_for_a_header() {
        for text in ["x", "é", "👋", "\n", "%"] {
            let long = text.repeat(4_000);
            let metadata: Vec<(String, String)> = (0..100)
                .map(|at| (format!("{at}{long}"), long.clone()))
                .collect();
            let metadata: Vec<(&str, String)> = metadata
                .iter()
                .map(|(key, value)| (key.as_str(), value.clone()))
                .collect();
            let pause = std::time::Duration::from_secs(1);
            let mut foreign = ErrorDetails::with_error_info("R", "partnerconnect.x", []);
            foreign
                .set_bad_request(vec![FieldViolation::new(&long, &long); 100])
                .set_precondition_failure(vec![
                    PreconditionViolation::new(&long, &long, &long);
                    100
                ])
                .set_debug_info(vec![long.clone()], &long)
                .set_localized_message("en", &long);
            #[expect(clippy::disallowed_methods, reason = "not ours, and too large")]
            let foreign = Status::with_error_details(Code::InvalidArgument, &long, foreign);
            for status in [
                Status::from(violations(1, &long)),
                Status::from(violations(500, &long)),
                super::super::status(Code::Aborted, "d", "R", &long, &metadata),
                invalid("d", "R", &long, &long, &metadata),
                precondition("d", "R", &long, &long, &metadata),
                exhausted("d", "R", &long, pause, &metadata),
                Error::<SharedRefusal>::from(foreign).into(),
            ] {
                assert!(!status.message().is_empty());
                let info = status.get_details_error_info().expect("a reason");
                assert!(!info.reason.is_empty());
                let status = localized(&status, "pt-BR", &long);
                let kept = status.get_details_error_info().expect("a reason");
                assert_eq!(kept.reason, info.reason);
                let localized = status.get_details_localized_message().expect("a text");
                assert!(localized.message.ends_with('…') && localized.locale == "pt-BR");
                let headers = status.into_http::<()>().into_parts().0.headers;
                let size = headers
                    .iter()
                    .map(|(name, value)| name.as_str().len() + value.len());
                assert!(size.sum::<usize>() < 8 * 1024, "{text:?}");
            }
        }
    }

    #[test]
    fn a_text_is_added_to_whatever_a_refusal_says() {
        let unknown = Any {
            type_url: "type.googleapis.com/contoso.Unknown".to_owned(),
            value: vec![8, 1],
        };
        let foreign = pb::Status {
            code: Code::Aborted.into(),
            message: "no".to_owned(),
            details: vec![unknown.clone()],
        };
        #[expect(clippy::disallowed_methods, reason = "not ours")]
        let status = Status::with_details(Code::Aborted, "no", foreign.encode_to_vec().into());
        let twice = localized(&localized(&status, "en", "No."), "pt-BR", "Não.");
        let whole = pb::Status::decode(twice.details()).unwrap();
        assert_eq!((whole.code, whole.message.as_str()), (foreign.code, "no"));
        assert_eq!(whole.details.len(), 2);
        assert_eq!(whole.details[0], unknown);
        let said = twice.get_details_localized_message().unwrap();
        assert_eq!(
            (said.locale.as_str(), said.message.as_str()),
            ("pt-BR", "Não.")
        );
    }

    #[test]
    fn what_has_room_is_told_whole() {
        let metadata = [("state", "ENDED".to_owned())];
        let refusal = precondition("partnerconnect.x", "R", "it", "não – nein", &metadata);
        let passed = passed_on(&refusal);
        assert_eq!(passed.message(), "não – nein");
        assert_eq!(passed.details(), refusal.details());
        let info = passed.get_details_error_info().unwrap();
        assert_eq!(info.metadata["state"], "ENDED");
    }
}
