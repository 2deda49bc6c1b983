//! Refusals of this service as statuses: one code and one reason for each, in one place.

use platform::error::{SharedRefusal, precondition, reason_name};
use proto::customer::v1::ErrorReason;
use tonic::Status;
use vocabulary::name::LicenseName;

use crate::domain::Refusal;

/// The package that lists the reasons of our own refusals.
const DOMAIN: &str = "partnerconnect.customer";

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        use ErrorReason as Reason;

        let message = refusal.to_string();
        let failed = |reason: Reason, subject, metadata: &[(&str, String)]| {
            precondition(
                DOMAIN,
                reason_name(reason.as_str_name()),
                subject,
                message.clone(),
                metadata,
            )
        };
        let number = |quantity: &i32| ("quantity", quantity.to_string());
        match &refusal {
            Refusal::NotFound => SharedRefusal::NotFound.into(),
            Refusal::SubscriptionState { state } => {
                let state = ("state", state.to_string());
                failed(Reason::SubscriptionState, "subscription", &[state])
            }
            Refusal::QuantityLimit { quantity } => {
                failed(Reason::QuantityLimit, "subscription", &[number(quantity)])
            }
            Refusal::LicensesExhausted { quantity } => failed(
                Reason::LicensesExhausted,
                "subscription",
                &[number(quantity)],
            ),
            Refusal::LicenseAssigned { customer, license } => {
                let license = ("license", LicenseName::new(customer, *license).to_string());
                failed(Reason::LicenseAssigned, "user", &[license])
            }
            Refusal::LicenseWithdrawn => failed(Reason::LicenseWithdrawn, "license", &[]),
            Refusal::SignInNameTaken => failed(Reason::SignInNameTaken, "sign_in_name", &[]),
            Refusal::UserRemoved => failed(Reason::UserRemoved, "user", &[]),
            Refusal::PartnerRefused { .. } => failed(Reason::PartnerRefused, "partner", &[]),
        }
    }
}
