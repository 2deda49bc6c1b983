//! What a partner is in the programme.

/// What a partner is in the programme, for good.
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
pub enum PartnerKind {
    /// Sells to customers; buys from an indirect provider.
    IndirectReseller,
    /// Supplies resellers, and orders for their customers on its own relationships.
    IndirectProvider,
}
