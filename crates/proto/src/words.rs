//! The words of `vocabulary` as the wire has them.

use vocabulary::partner_kind::PartnerKind;
use vocabulary::permission::Permission;
use vocabulary::void_reason::VoidReason;

/// Ties an enum of the wire to the word that it stands for. Its zero is no word.
macro_rules! same_words {
    ($wire:ty = $word:ident { $($value:ident),+ $(,)? }) => {
        impl From<$word> for $wire {
            fn from(word: $word) -> Self {
                match word {
                    $($word::$value => Self::$value,)+
                }
            }
        }

        impl From<$wire> for Option<$word> {
            fn from(wire: $wire) -> Self {
                match wire {
                    <$wire>::Unspecified => None,
                    $(<$wire>::$value => Some($word::$value),)+
                }
            }
        }
    };
}

same_words!(
    crate::customer::v1::Permission = Permission {
        ManageAccount,
        ManageSubscriptions,
        ManageLicenses,
        ManageUsers,
        SubmitOrders,
        ViewRecord,
    }
);

same_words!(
    crate::relationship::v1::PartnerKind = PartnerKind {
        IndirectReseller,
        IndirectProvider,
    }
);

same_words!(
    crate::invitation::v1::VoidReason = VoidReason {
        PartnershipEnded,
        ResellerNotActive,
        ProviderNotActive,
    }
);

#[cfg(test)]
mod tests {
    use crate::invitation::v1::{ErrorReason, VoidReason};

    /// Messages that 0.2 kept for sending say why with an `ErrorReason`.
    #[test]
    fn why_an_acceptance_was_refused_has_kept_its_numbers() {
        for (before, now) in [
            (ErrorReason::PartnershipEnded, VoidReason::PartnershipEnded),
            (
                ErrorReason::ResellerNotActive,
                VoidReason::ResellerNotActive,
            ),
            (
                ErrorReason::ProviderNotActive,
                VoidReason::ProviderNotActive,
            ),
        ] {
            assert_eq!(before as i32, now as i32);
        }
    }
}
