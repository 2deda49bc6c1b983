//! The statement of every list, for the tests of how a store carries it out.

use platform::page::PageRequest;
use sea_orm::{DbBackend, QueryTrait, Statement};
use vocabulary::id::PartnerId;

use super::notice::{NoticeCursor, notices_of};

/// ListNotices.
pub fn notices(
    backend: DbBackend,
    partner: &PartnerId,
    page: &PageRequest<NoticeCursor>,
) -> Statement {
    notices_of(partner, page).build(backend)
}
