//! The words of `vocabulary` as the wire has them.

use vocabulary::partner_kind::PartnerKind;
use vocabulary::permission::Permission;

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
    crate::relationship::v1::Permission = Permission {
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
