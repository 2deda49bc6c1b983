//! Keyset paging: page sizes, page tokens, and the condition that goes on after a cursor.
//!
//! A token says where to go on inside the caller's own list and grants nothing; it only works for
//! the tenant and the query it was given for. There are no offsets and no counts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::Value;
use sea_orm::sea_query::{Expr, ExprTrait, IntoColumnRef};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vocabulary::id::{
    CustomerId, InvitationId, LicenseId, NoticeId, OrderId, PartnerId, PartnershipId, PrivilegeId,
    RelationshipId, SubscriptionId, UserId,
};

use crate::clock::Time;
use crate::error::SharedRefusal;

/// The size of a page when the request names none.
pub const DEFAULT_SIZE: usize = 50;
/// The largest page; a larger size is coerced to it.
pub const MAX_SIZE: usize = 500;

const VERSION: u8 = 1;
const DIGEST: usize = 16;

/// What a token is good for: one method, one tenant, one set of filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query([u8; 32]);

impl Query {
    /// The query that a list request makes. `request` is the request without its `page_size` and
    /// `page_token`.
    pub fn new(tenant: &str, method: &str, request: &impl prost::Message) -> Self {
        let mut hash = Sha256::new();
        for part in [
            tenant.as_bytes(),
            method.as_bytes(),
            &request.encode_to_vec(),
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// A position in a list: the values of its order, as a tuple or as one value.
pub trait Cursor: Sized {
    /// Appends this value to a token.
    fn write(&self, out: &mut Vec<u8>);
    /// Takes a value off the front of a token; `None` when it is not one.
    fn read(input: &mut &[u8]) -> Option<Self>;
}

/// Which page of a list was asked for.
#[derive(Debug)]
pub struct PageRequest<C> {
    size: usize,
    after: Option<C>,
    query: Query,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// At most as many as were asked for; may be fewer although more follow.
    pub items: Vec<T>,
    /// Empty when this is the last page.
    pub next_page_token: String,
}

impl<C: Cursor> PageRequest<C> {
    /// Reads `page_size` (0 means the default, more than the maximum means the maximum) and
    /// `page_token`.
    ///
    /// A negative size is refused, and so is a token that was changed, or given for another tenant
    /// or query.
    pub fn parse(page_size: i32, page_token: &str, query: Query) -> Result<Self, SharedRefusal> {
        let size = match usize::try_from(page_size) {
            Err(_) => return Err(SharedRefusal::invalid("page_size", "must not be negative")),
            Ok(0) => DEFAULT_SIZE,
            Ok(size) => size.min(MAX_SIZE),
        };
        let after = if page_token.is_empty() {
            None
        } else {
            let cursor = open(page_token, query).ok_or_else(|| {
                SharedRefusal::invalid(
                    "page_token",
                    "must be the next_page_token of the same request, unchanged",
                )
            })?;
            Some(cursor)
        };
        Ok(Self { size, after, query })
    }

    /// The position that the page comes after; `None` for the first page.
    pub fn after(&self) -> Option<&C> {
        self.after.as_ref()
    }

    /// How many rows to read: one more than the page has, which tells whether another page follows.
    pub fn limit(&self) -> u64 {
        self.size as u64 + 1
    }

    /// How many items the page has at most.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The page made of up to [`limit`](Self::limit) rows.
    pub fn page<T>(&self, mut rows: Vec<T>, cursor: impl Fn(&T) -> C) -> Page<T> {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        let next = rows.last().filter(|_| more).map(cursor);
        self.page_until(rows, next)
    }

    /// The page of a search that read a bounded number of rows: `next` is the last one it looked
    /// at, `None` at the end.
    pub fn page_until<T>(&self, items: Vec<T>, next: Option<C>) -> Page<T> {
        let next_page_token = next
            .map(|cursor| seal(&cursor, self.query))
            .unwrap_or_default();
        Page {
            items,
            next_page_token,
        }
    }
}

impl<T> Page<T> {
    /// The same page of other items.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(each).collect(),
            next_page_token: self.next_page_token,
        }
    }
}

/// A token for a position in what this query answers, as page tokens are.
pub fn seal(cursor: &impl Cursor, query: Query) -> String {
    let mut body = Vec::new();
    cursor.write(&mut body);
    let mut token = vec![VERSION];
    token.extend(digest(&body, query));
    token.extend(body);
    URL_SAFE_NO_PAD.encode(token)
}

/// The position that a token of [`seal`] names; `None` when it was changed, or made for another
/// tenant or query.
pub fn open<C: Cursor>(token: &str, query: Query) -> Option<C> {
    let token = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (version, rest) = token.split_first()?;
    let (digest_found, mut body) = rest.split_at_checked(DIGEST)?;
    if *version != VERSION || digest_found != digest(body, query) {
        return None;
    }
    let cursor = C::read(&mut body)?;
    body.is_empty().then_some(cursor)
}

fn digest(body: &[u8], query: Query) -> [u8; DIGEST] {
    let hash = Sha256::new()
        .chain_update(query.0)
        .chain_update(body)
        .finalize();
    let mut short = [0; DIGEST];
    short.copy_from_slice(&hash[..DIGEST]);
    short
}

/// The condition that goes on in a list ordered by two columns, both descending.
pub fn below<A, B>(columns: (impl IntoColumnRef, impl IntoColumnRef), cursor: &(A, B)) -> Expr
where
    A: Clone + Into<Value>,
    B: Clone + Into<Value>,
{
    let (columns, values) = pairs(columns, cursor);
    columns.lt(values)
}

/// The condition that goes on in a list ordered by two columns, both ascending.
pub fn above<A, B>(columns: (impl IntoColumnRef, impl IntoColumnRef), cursor: &(A, B)) -> Expr
where
    A: Clone + Into<Value>,
    B: Clone + Into<Value>,
{
    let (columns, values) = pairs(columns, cursor);
    columns.gt(values)
}

fn pairs<A, B>(columns: (impl IntoColumnRef, impl IntoColumnRef), (a, b): &(A, B)) -> (Expr, Expr)
where
    A: Clone + Into<Value>,
    B: Clone + Into<Value>,
{
    (
        Expr::tuple([Expr::col(columns.0), Expr::col(columns.1)]),
        Expr::tuple([Expr::val(a.clone()), Expr::val(b.clone())]),
    )
}

impl Cursor for Time {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.micros().to_be_bytes());
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        let (bytes, rest) = input.split_first_chunk()?;
        *input = rest;
        Some(Self::from_micros(i64::from_be_bytes(*bytes)))
    }
}

impl Cursor for i64 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.to_be_bytes());
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        let (bytes, rest) = input.split_first_chunk()?;
        *input = rest;
        Some(Self::from_be_bytes(*bytes))
    }
}

impl Cursor for Uuid {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.as_bytes());
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        let (bytes, rest) = input.split_first_chunk()?;
        *input = rest;
        Some(Self::from_bytes(*bytes))
    }
}

impl Cursor for Vec<u8> {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend((self.len() as u64).to_be_bytes());
        out.extend(self);
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        let (length, rest) = input.split_first_chunk()?;
        let (bytes, rest) =
            rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
        *input = rest;
        Some(bytes.to_vec())
    }
}

impl Cursor for String {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend((self.len() as u64).to_be_bytes());
        out.extend(self.as_bytes());
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        Self::from_utf8(Vec::read(input)?).ok()
    }
}

macro_rules! organisations {
    ($($id:ident),+) => { $(
        impl Cursor for $id {
            fn write(&self, out: &mut Vec<u8>) {
                self.as_str().to_owned().write(out);
            }

            fn read(input: &mut &[u8]) -> Option<Self> {
                Self::parse(&String::read(input)?).ok()
            }
        }
    )+ };
}

organisations!(PartnerId, CustomerId);

macro_rules! uuids {
    ($($id:ident),+) => { $(
        impl Cursor for $id {
            fn write(&self, out: &mut Vec<u8>) {
                self.uuid().write(out);
            }

            fn read(input: &mut &[u8]) -> Option<Self> {
                Uuid::read(input).map(Self::from)
            }
        }
    )+ };
}

uuids!(
    InvitationId,
    NoticeId,
    RelationshipId,
    PartnershipId,
    PrivilegeId,
    SubscriptionId,
    UserId,
    LicenseId,
    OrderId
);

impl<A: Cursor, B: Cursor> Cursor for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        Some((A::read(input)?, B::read(input)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Position = (Vec<u8>, Uuid);

    fn query(tenant: &str, filter: &str) -> Query {
        Query::new(
            tenant,
            "ListThings",
            &prost_types::Option {
                name: filter.into(),
                value: None,
            },
        )
    }

    fn request(size: i32, token: &str) -> Result<PageRequest<Position>, SharedRefusal> {
        PageRequest::parse(size, token, query("contoso", "open"))
    }

    fn token() -> String {
        let page = request(1, "")
            .unwrap()
            .page(vec![7, 8], |n| (vec![*n], Uuid::from_u128(9)));
        assert_eq!(page.items, [7]);
        page.next_page_token
    }

    #[test]
    fn sizes_default_coerce_and_refuse() {
        assert_eq!(request(0, "").unwrap().size(), 50);
        assert_eq!(request(500, "").unwrap().size(), 500);
        assert_eq!(request(i32::MAX, "").unwrap().limit(), 501);
        for negative in [-1, i32::MIN] {
            assert!(matches!(
                request(negative, ""),
                Err(SharedRefusal::InvalidFields(_))
            ));
        }
    }

    #[test]
    fn a_token_goes_on_where_the_page_ended() {
        let next = request(1, &token()).unwrap();
        assert_eq!(next.after(), Some(&(vec![7], Uuid::from_u128(9))));
        let last = next.page(vec![8], |n| (vec![*n], Uuid::nil()));
        assert_eq!(
            last,
            Page {
                items: vec![8],
                next_page_token: String::new()
            }
        );
    }

    #[test]
    fn a_token_of_another_tenant_or_query_is_refused() {
        let token = token();
        for other in [query("fabrikam", "open"), query("contoso", "closed")] {
            assert!(PageRequest::<Position>::parse(1, &token, other).is_err());
        }
        assert!(PageRequest::<(Time, Uuid)>::parse(1, &token, query("contoso", "open")).is_err());
    }

    #[test]
    fn a_number_is_a_position_as_well() {
        let query = query("contoso", "open");
        for number in [0, 1, -1, i64::MAX] {
            assert_eq!(open(&seal(&number, query), query), Some(number));
        }
        assert_eq!(open::<i64>(&token(), query), None, "of another list");
    }

    #[test]
    fn a_changed_token_is_refused_wherever_it_was_changed() {
        let token = token();
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(
                request(1, &URL_SAFE_NO_PAD.encode(changed)).is_err(),
                "byte {at}"
            );
        }
        for bad in [
            "x",
            "===",
            &token[1..],
            &format!("{token}AAAA"),
            &"A".repeat(1 << 16),
        ] {
            assert!(request(1, bad).is_err());
        }
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let empty = prost_types::Option::default();
        assert_ne!(Query::new("ab", "c", &empty), Query::new("a", "bc", &empty));
    }
}
