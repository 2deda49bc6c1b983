//! AccessService: may this partner do this for that customer, who can reach whom, and what of that
//! changes?

use std::collections::BTreeSet;
use std::mem::take;

use platform::error::SharedRefusal;
use platform::field::{self, Violations};
use platform::identity::{self, Caller, Identity};
use platform::page::{self, PageRequest, Query};
use proto::relationship::v1::{self, access_service_server::AccessService};
use tonic::{Request, Response, Status};
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::name::{CustomerName, PartnerName};
use vocabulary::permission::Permission;

use super::watch::{self, Limits, Start, Watcher};
use super::{Api, as_either, as_parent, convert, reach, read_scope, required, tenant};
use crate::domain::access::{self, Grounds, Viewer};
use crate::store::Error;

/// The most questions of one batch.
const QUESTIONS: usize = 100;

#[tonic::async_trait]
impl AccessService for Api {
    async fn check_access(
        &self,
        request: Request<v1::CheckAccessRequest>,
    ) -> Result<Response<v1::CheckAccessResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let question = Question::read(&mut v, "", &message);
        let question = v.build(|| question)?;
        let viewer = question.viewer(&identity)?;

        let decisions = self.answer(&[(question, viewer)]).await?;
        Ok(Response::new(v1::CheckAccessResponse {
            decision: decisions.into_iter().next(),
        }))
    }

    async fn list_access(
        &self,
        request: Request<v1::ListAccessRequest>,
    ) -> Result<Response<v1::ListAccessResponse>, Status> {
        let identity = identity::of(&request);
        let mut message = request.into_inner();
        let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
        let mut v = Violations::new();
        let scope = read_scope(&mut v, &message.parent, &message.counterpart);
        let basis = v.take(reach::read_basis("basis", message.basis));
        let ((parent, scope), basis) = v.build(|| Some((scope?, basis?)))?;
        let caller = as_parent(&identity, &parent)?;
        let query = Query::new(tenant(caller), "ListAccess", &message);
        let page = PageRequest::parse(size, &token, query)?;

        let now = self.store.now();
        let page = self.store.list_access(&scope, basis, now, page).await?;
        let page = page.map(|one| reach::entry(one, now));
        Ok(Response::new(v1::ListAccessResponse {
            entries: page.items,
            next_page_token: page.next_page_token,
        }))
    }

    type WatchRelationshipsStream = watch::WatchStream;

    async fn watch_relationships(
        &self,
        request: Request<v1::WatchRelationshipsRequest>,
    ) -> Result<Response<Self::WatchRelationshipsStream>, Status> {
        let identity = identity::of(&request);
        let mut message = request.into_inner();
        let token = take(&mut message.resume_token);
        let (partner, caller) = watched(&identity, &message.parent)?;
        let query = Query::new(tenant(caller), "WatchRelationships", &message);
        let resumed = read_resume_token(&token, query)?;

        let limits = Limits {
            slot: self.watchers.slot(caller.tenant()).map_err(Error::from)?,
            time_left: caller.time_left(),
        };
        let watcher = Watcher {
            store: self.store.clone(),
            partner,
            query,
            number: self.store.watch_from(resumed).await?,
            start: resumed.map_or(Start::Afresh, |_| Start::Resumed),
        };
        Ok(Response::new(self.watchers.begin(watcher, limits)))
    }

    async fn batch_check_access(
        &self,
        request: Request<v1::BatchCheckAccessRequest>,
    ) -> Result<Response<v1::BatchCheckAccessResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        if !(1..=QUESTIONS).contains(&message.questions.len()) {
            v.add("questions", format!("must be 1 to {QUESTIONS}"));
        }
        let numbered = message.questions.iter().take(QUESTIONS).enumerate();
        let questions: Vec<_> = numbered
            .map(|(number, one)| Question::read(&mut v, &format!("questions[{number}]."), one))
            .collect();
        let questions = v.build(|| questions.into_iter().collect::<Option<Vec<_>>>())?;
        // a company that is a partner may ask as the customer of another, in the same batch
        let questions = questions.into_iter().map(|question| {
            let viewer = question.viewer(&identity)?;
            Ok((question, viewer))
        });
        let questions = questions.collect::<Result<Vec<_>, SharedRefusal>>()?;

        let decisions = self.answer(&questions).await?;
        Ok(Response::new(v1::BatchCheckAccessResponse { decisions }))
    }
}

impl Api {
    /// Answers each question to who asks it, in the order asked, from grounds of one moment.
    async fn answer(
        &self,
        questions: &[(Question, Viewer)],
    ) -> Result<Vec<v1::AccessDecision>, Error> {
        let pairs: BTreeSet<_> = questions
            .iter()
            .map(|(question, _)| question.pair.clone())
            .collect();
        let now = self.store.now();
        let found = self.store.grounds(&pairs, now).await?;
        let nothing = Grounds::default();
        let decisions = questions.iter().map(|(question, viewer)| {
            let grounds = found.get(&question.pair).unwrap_or(&nothing);
            let access = access::check(grounds, question.permission, *viewer, self.programme, now);
            convert::access(access, &question.pair.0)
        });
        Ok(decisions.collect())
    }
}

/// Whose relationships the caller watches, `None` being everybody's: a partner its own only.
fn watched<'a>(
    identity: &'a Identity,
    parent: &str,
) -> Result<(Option<PartnerId>, &'a Caller), SharedRefusal> {
    if parent.is_empty() {
        let caller = identity.caller()?;
        return match caller.tenant() {
            None => Ok((None, caller)),
            Some(_) => Err(SharedRefusal::invalid(
                "parent",
                "must be given by a partner",
            )),
        };
    }
    let partner = field::only("parent", PartnerName::ids_of(parent))?;
    let caller = identity.as_partner(&partner)?;
    Ok((Some(partner), caller))
}

fn read_resume_token(token: &str, query: Query) -> Result<Option<i64>, SharedRefusal> {
    if token.is_empty() {
        return Ok(None);
    }
    let number = page::open(token, query);
    let of_another = || {
        SharedRefusal::invalid(
            "resume_token",
            "must be one that this stream answered, unchanged, for the same parent",
        )
    };
    number.map(Some).ok_or_else(of_another)
}

/// One question.
struct Question {
    pair: (PartnerId, CustomerId),
    permission: Permission,
}

impl Question {
    /// Reads a question, whose fields are called so in the request.
    fn read(v: &mut Violations, path: &str, message: &v1::CheckAccessRequest) -> Option<Self> {
        let partner = v.check(
            &format!("{path}partner"),
            PartnerName::ids_of(&message.partner),
        );
        let customer = v.check(
            &format!("{path}customer"),
            CustomerName::ids_of(&message.customer),
        );
        let field = format!("{path}permission");
        let permission = convert::read_permission(&field, message.permission);
        let permission = v.take(permission.and_then(required(&field)));
        Some(Self {
            pair: (partner?, customer?),
            permission: permission?,
        })
    }

    /// As whom the caller asks it: a partner about itself, a customer about itself, others about
    /// anybody.
    fn viewer(&self, identity: &Identity) -> Result<Viewer, SharedRefusal> {
        let (partner, customer) = &self.pair;
        let caller = as_either(identity, partner, customer)?;
        Ok(match caller.tenant() {
            None => Viewer::Trusted,
            Some(tenant) if tenant == partner.tenant() => Viewer::Partner,
            Some(_) => Viewer::Customer,
        })
    }
}
