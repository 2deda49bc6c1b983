//! Refusals of this service as statuses: one code and one reason for each, in one place.

use platform::error::{self, SharedRefusal};
use tonic::Status;

use crate::domain::{DraftField, Refusal};

/// The package whose `ErrorReason` lists the reasons, without its version.
const DOMAIN: &str = "partnerconnect.notification";

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::LinkMissing(missing) => {
                let metadata = [("missing", missing.name().to_owned())];
                let field = DraftField::Text.name();
                error::invalid(DOMAIN, "LINK_MISSING", field, message, &metadata)
            }
            Refusal::ForeignLink(place) => {
                error::invalid(DOMAIN, "FOREIGN_LINK", place.name(), message, &[])
            }
            Refusal::Stale => SharedRefusal::EtagMismatch.into(),
        }
    }
}
