//! Existing business: which customers a partner already works for, as a portal knows it.

use platform::clock::Time;

use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::portal::Portal;

/// The most privileges that one portal knows of one customer.
pub const PRIVILEGES_MAX: usize = 10;

platform::named! {
    /// What a privilege lets a partner manage.
    pub enum Area {
        /// The customer's account.
        Account = "manage_account",
        /// Its subscriptions.
        Subscriptions = "manage_subscriptions",
        /// Its licences.
        Licenses = "manage_licenses",
        /// Its users.
        Users = "manage_users",
    }
}

/// A set of areas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas(u8);

impl Areas {
    /// The set that these bits stand for, one for each area in the order declared; others count for nothing.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits & 0b1111)
    }

    /// One bit for each area in the order declared.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The areas in the set, in the order declared.
    pub fn iter(self) -> impl Iterator<Item = Area> {
        let all = Area::ALL.iter().copied();
        all.filter(move |area| self.0 & (1 << *area as u8) != 0)
    }
}

impl FromIterator<Area> for Areas {
    fn from_iter<I: IntoIterator<Item = Area>>(areas: I) -> Self {
        Self(
            areas
                .into_iter()
                .fold(0, |bits, area| bits | (1 << area as u8)),
        )
    }
}

/// A delegated admin privilege that a portal knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownPrivilege {
    /// What may be managed, at least one area.
    pub areas: Areas,
    /// When it ends by itself; `None`: never.
    pub expire_time: Option<Time>,
}

/// One customer of a partner, as one portal knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Business {
    /// Whose customer it is.
    pub partner: PartnerId,
    /// The customer.
    pub customer: CustomerId,
    /// Which portal knows it. Another may know the same customer.
    pub portal: Portal,
    /// The customer's display name.
    pub display_name: String,
    /// Where the customer is.
    pub country: Country,
    /// The customer's primary domain.
    pub domain: Domain,
    /// The privileges that the portal knows.
    pub privileges: Vec<KnownPrivilege>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_areas_is_its_bits() {
        for bits in 0..16 {
            let areas = Areas::from_bits(bits);
            assert_eq!(areas.iter().collect::<Areas>(), areas);
            assert_eq!(areas.bits(), bits);
        }
        assert_eq!(Areas::from_bits(0b1111_0000), Areas::default());
        let two: Areas = [Area::Users, Area::Account, Area::Users]
            .into_iter()
            .collect();
        assert!(two.iter().eq([Area::Account, Area::Users]));
    }
}
