//! How others have decided: why an acceptance was refused, what became of an enrolment.

/// Why a decision refused an acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidReason {
    /// The partnership that the invitation was made under has ended.
    PartnershipEnded,
    /// The reseller's enrolment is not active.
    ResellerNotActive,
    /// The provider's enrolment is not active.
    ProviderNotActive,
}

impl VoidReason {
    /// As callers read it: the name of an `ErrorReason` of the invitation service.
    pub fn name(self) -> &'static str {
        match self {
            Self::PartnershipEnded => "PARTNERSHIP_ENDED",
            Self::ResellerNotActive => "RESELLER_NOT_ACTIVE",
            Self::ProviderNotActive => "PROVIDER_NOT_ACTIVE",
        }
    }
}

/// How an enrolment was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The partner is enrolled.
    Approved,
    /// It is not.
    Rejected,
}
