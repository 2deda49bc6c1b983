//! Why a decision refused an acceptance.

/// Why a decision refused an acceptance. Where several reasons do, the first in this order.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(
    feature = "store",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String")
)]
pub enum VoidReason {
    /// The partnership that the invitation was made under has ended.
    PartnershipEnded,
    /// The reseller's enrolment is not active.
    ResellerNotActive,
    /// The provider's enrolment is not active.
    ProviderNotActive,
}

impl VoidReason {
    /// Every reason.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// What it means, for the message of a refusal.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::PartnershipEnded => {
                "the partnership that the invitation was made under has ended"
            }
            Self::ResellerNotActive => "the reseller's enrolment is not active",
            Self::ProviderNotActive => "the provider's enrolment is not active",
        }
    }
}
