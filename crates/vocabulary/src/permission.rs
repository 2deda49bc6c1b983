//! What a partner may do for a customer, and the areas in which it may manage.

use bitflags::bitflags;

/// What a partner may do for a customer. Declared in the order in which permissions are shown.
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
pub enum Permission {
    /// Manage the customer's account. Needs a privilege.
    ManageAccount,
    /// Manage its services, the subscriptions. Needs a privilege.
    ManageSubscriptions,
    /// Manage its licences. Needs a privilege.
    ManageLicenses,
    /// Manage its users. Needs a privilege.
    ManageUsers,
    /// Order: a new subscription, or more licences on an existing one.
    SubmitOrders,
    /// View the customer's record.
    ViewRecord,
}

impl Permission {
    /// Every permission.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The area that it manages, which takes a delegated admin privilege; `None`: it takes none.
    pub fn area(self) -> Option<Areas> {
        match self {
            Self::ManageAccount => Some(Areas::ACCOUNT),
            Self::ManageSubscriptions => Some(Areas::SUBSCRIPTIONS),
            Self::ManageLicenses => Some(Areas::LICENSES),
            Self::ManageUsers => Some(Areas::USERS),
            Self::SubmitOrders | Self::ViewRecord => None,
        }
    }
}

bitflags! {
    /// What a delegated admin privilege lets a partner manage. Stores keep the bits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Areas: u8 {
        /// The customer's account.
        const ACCOUNT = 1;
        /// Its services, the subscriptions.
        const SUBSCRIPTIONS = 1 << 1;
        /// The licences that its users have.
        const LICENSES = 1 << 2;
        /// Its users.
        const USERS = 1 << 3;
    }
}

impl Areas {
    /// The permissions to manage these areas.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        let all = Permission::ALL.iter().copied();
        all.filter(move |one| one.area().is_some_and(|area| self.contains(area)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_stores_keep() {
        let names: Vec<&str> = Permission::ALL.iter().map(|one| (*one).into()).collect();
        let kept = "MANAGE_ACCOUNT MANAGE_SUBSCRIPTIONS MANAGE_LICENSES MANAGE_USERS \
                    SUBMIT_ORDERS VIEW_RECORD";
        assert_eq!(names.join(" "), kept);
        for one in Permission::ALL {
            assert_eq!(one.to_string().parse(), Ok(*one));
        }
    }

    #[test]
    fn each_area_is_the_bit_that_stores_keep() {
        for (at, permission) in Permission::ALL[..4].iter().enumerate() {
            let area = permission.area().unwrap();
            assert_eq!(area.bits(), 1 << at, "{permission}");
            assert!(area.permissions().eq([*permission]));
        }
        assert!(
            Areas::all()
                .permissions()
                .eq(Permission::ALL[..4].iter().copied())
        );
        assert!(Permission::ALL[4..].iter().all(|one| one.area().is_none()));
        assert_eq!(Areas::from_bits_truncate(u8::MAX), Areas::all());
    }
}
