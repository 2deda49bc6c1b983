//! RelationshipService: customers, relationships, their removal, and the privileges that stay.

use std::mem::take;
use std::time::Duration;

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use platform::identity::{self, Caller};
use platform::page::{PageRequest, Query};
use platform::serve::time_left;
use platform::store::command::Command;
use proto::customer::v1::{Availability, Subscription, SubscriptionState};
use proto::directory::v1::ListSubscriptionsRequest;
use proto::directory::v1::directory_service_client::DirectoryServiceClient;
use proto::relationship::v1::{self, relationship_service_server::RelationshipService};
use tokio::time::timeout;
use tonic::{Request, Response, Status};
use vocabulary::acting_user::ActingUser;
use vocabulary::country::Country;
use vocabulary::domain::{DOMAIN_MAX, Domain};
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::limits::DISPLAY_NAME_MAX;
use vocabulary::name::{
    CustomerName, Parent, PartnerCustomerName, PartnerName, PrivilegeName, RelationshipName,
};
use vocabulary::permission::Permission;

use super::{
    Api, Etag, as_either, as_parent, convert, read_display_name, read_reason, read_scope, tenant,
};
use crate::domain::access::{self, Grounds, Viewer};
use crate::domain::account::{Account, Prefix, Update};
use crate::domain::privilege::Privilege;
use crate::domain::relationship::{Attestation, Points, Relationship};
use crate::domain::{Names, Refusal};
use crate::store::{Pair, SearchBy};
use crate::wording::{self, RemovalWording};

#[tonic::async_trait]
impl RelationshipService for Api {
    async fn list_customers(
        &self,
        request: Request<v1::ListCustomersRequest>,
    ) -> Result<Response<v1::ListCustomersResponse>, Status> {
        let identity = identity::of(&request);
        let mut message = request.into_inner();
        let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
        let (partner, search) = read_search(&message)?;
        let caller = identity.as_partner(&partner)?;
        let query = Query::new(tenant(caller), "ListCustomers", &message);

        let page = match search {
            None => {
                let page = PageRequest::parse(size, &token, query)?;
                self.store.list_customers(&partner, &page).await?
            }
            Some((by, prefix)) => {
                let page = PageRequest::parse(size, &token, query)?;
                self.store
                    .search_customers(&partner, by, &prefix, &page)
                    .await?
            }
        };
        let page = page.map(convert::customer);
        Ok(Response::new(v1::ListCustomersResponse {
            customers: page.items,
            next_page_token: page.next_page_token,
        }))
    }

    async fn get_account(
        &self,
        request: Request<v1::GetAccountRequest>,
    ) -> Result<Response<v1::GetAccountResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let id = field::only("name", CustomerName::ids_of(&message.name))?;
        identity.as_customer(&id)?;

        let account = self
            .store
            .account(&id)
            .await?
            .ok_or(SharedRefusal::NotFound)?;
        Ok(Response::new(v1::GetAccountResponse {
            account: Some(convert::account(account)),
        }))
    }

    async fn change_account(
        &self,
        request: Request<v1::ChangeAccountRequest>,
    ) -> Result<Response<v1::ChangeAccountResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let (pair, update) = read_update(&message)?;
        let caller = identity.as_partner(&pair.0)?;
        let command = Command::new(caller, "ChangeAccount", &message.request_id, &message)?;

        let (programme, permission) = (self.programme, Permission::ManageAccount);
        let partner = pair.0.clone();
        let may = move |grounds: &Grounds, now| {
            let asked = access::check(grounds, permission, Viewer::Partner, programme, now);
            match asked.denial {
                Some(denial) => Err(Refusal::AccessDenied(denial).into()),
                None => {
                    let granted = convert::access(asked, &partner);
                    Ok(format!("{}, {}", granted.relationship, granted.privilege))
                }
            }
        };
        let etag = Etag(message.etag);
        let rule = move |account: Account, now| {
            etag.check(account.version)?;
            Ok(account.update(update, now))
        };
        let account = self.store.change_account(pair, command, may, rule).await?;
        Ok(Response::new(v1::ChangeAccountResponse {
            account: Some(convert::account(account)),
        }))
    }

    async fn get_relationship(
        &self,
        request: Request<v1::GetRelationshipRequest>,
    ) -> Result<Response<v1::GetRelationshipResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let (partner, id) = field::only("name", RelationshipName::ids_of(&message.name))?;

        let found = self.store.relationship(&partner, id).await?;
        let caller = as_either(&identity, &partner, &found.0.customer)?;
        let viewer = viewer(caller, &partner);
        Ok(Response::new(v1::GetRelationshipResponse {
            relationship: Some(convert::relationship(found, viewer)),
        }))
    }

    async fn list_relationships(
        &self,
        request: Request<v1::ListRelationshipsRequest>,
    ) -> Result<Response<v1::ListRelationshipsResponse>, Status> {
        let identity = identity::of(&request);
        let mut message = request.into_inner();
        let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
        let mut v = Violations::new();
        let scope = read_scope(&mut v, &message.parent, &message.counterpart);
        let state = v.take(convert::read_relationship_state("state", message.state));
        let ((parent, scope), state) = v.build(|| Some((scope?, state?)))?;
        let caller = as_parent(&identity, &parent)?;
        let query = Query::new(tenant(caller), "ListRelationships", &message);
        let page = PageRequest::parse(size, &token, query)?;

        let viewer = match parent {
            Parent::Partner(_) => Viewer::Partner,
            Parent::Customer(_) if caller.is_operator() => Viewer::Trusted,
            Parent::Customer(_) => Viewer::Customer,
        };
        let page = self.store.list_relationships(&scope, state, &page).await?;
        let page = page.map(|found| convert::relationship(found, viewer));
        Ok(Response::new(v1::ListRelationshipsResponse {
            relationships: page.items,
            next_page_token: page.next_page_token,
        }))
    }

    async fn preview_removal(
        &self,
        request: Request<v1::PreviewRemovalRequest>,
    ) -> Result<Response<v1::PreviewRemovalResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let named = v.check("name", RelationshipName::ids_of(&message.name));
        let language = v.check("language", wording::WORDING.choose(&message.language));
        let ((partner, id), language) = v.build(|| Some((named?, language?)))?;
        identity.as_partner(&partner)?;

        let now = self.store.now();
        let found = self
            .store
            .relationship_with_privileges(partner, id, now)
            .await?;
        let (relationship, privileges) = found;
        relationship.0.check_active()?;
        let names = relationship.1.clone();
        let subscriptions = self.active_subscriptions(&relationship.0.customer).await;
        let availability = match subscriptions {
            Some(_) => Availability::Available,
            None => Availability::Unavailable,
        };
        let wording = wording::REMOVAL.kept(&language);
        Ok(Response::new(v1::PreviewRemovalResponse {
            relationship: Some(convert::relationship(relationship, Viewer::Partner)),
            wording_id: wording.id,
            language: wording.language,
            text: wording::REMOVAL.text(&language),
            remaining_privileges: privileges
                .into_iter()
                .map(|one| convert::privilege((one, names.clone()), now))
                .collect(),
            next_step: wording::next_step(&language),
            active_subscriptions: subscriptions.unwrap_or_default(),
            active_subscriptions_availability: availability.into(),
        }))
    }

    async fn get_wording(
        &self,
        request: Request<v1::GetWordingRequest>,
    ) -> Result<Response<v1::GetWordingResponse>, Status> {
        let message = request.into_inner();
        if message.wording_id.is_empty() {
            let rule = "must be the id of a wording of the attestation";
            return Err(SharedRefusal::invalid("wording_id", rule).into());
        }
        let wording = RemovalWording::find(&message.wording_id).ok_or(SharedRefusal::NotFound)?;
        let language = field::only("language", wording.language(&message.language))?;

        let kept = wording.kept(&language);
        Ok(Response::new(v1::GetWordingResponse {
            wording_id: kept.id,
            language: kept.language,
            text: wording.text(&language),
            text_sha256: kept.text_sha256,
            current: wording.current,
        }))
    }

    async fn remove_relationship(
        &self,
        request: Request<v1::RemoveRelationshipRequest>,
    ) -> Result<Response<v1::RemoveRelationshipResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let named = v.check("name", RelationshipName::ids_of(&message.name));
        let attestation = read_attestation(&mut v, message.attestation.as_ref());
        let ((partner, id), attestation) = v.build(|| Some((named?, attestation?)))?;
        let caller = identity.as_partner(&partner)?;
        let command = Command::new(caller, "RemoveRelationship", &message.request_id, &message)?;

        let by = ActingUser {
            issuer: caller.issuer.clone(),
            subject: caller.subject.clone(),
        };
        let current = wording::current_removal(&attestation.language);
        let etag = Etag(message.etag);
        let rule = move |relationship: Relationship, _: &Names, now| {
            etag.check(relationship.version)?;
            let removed = relationship.remove(&attestation, current, by, now)?;
            Ok((removed, None))
        };
        let removed = self.store.end_relationship(partner, id, command, rule);
        let removed = removed.await?;
        Ok(Response::new(v1::RemoveRelationshipResponse {
            relationship: Some(convert::relationship(removed, Viewer::Partner)),
        }))
    }

    async fn end_relationship(
        &self,
        request: Request<v1::EndRelationshipRequest>,
    ) -> Result<Response<v1::EndRelationshipResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let named = v.check("name", RelationshipName::ids_of(&message.name));
        let reason = v.take(read_reason(&message.reason, Presence::Optional));
        let ((partner, id), reason) = v.build(|| Some((named?, reason?)))?;
        // whose customer it is about never changes, so it may be read before the act
        let customer = self.store.relationship(&partner, id).await?.0.customer;
        let caller = identity.as_customer(&customer)?;
        let command = Command::new(caller, "EndRelationship", &message.request_id, &message)?;

        let by = ActingUser {
            issuer: caller.issuer.clone(),
            subject: caller.subject.clone(),
        };
        let etag = Etag(message.etag);
        let rule = move |relationship: Relationship, names: &Names, now| {
            etag.check(relationship.version)?;
            let (ended, fact) = relationship.end(reason, by, names.customer.clone(), now)?;
            Ok((ended, Some(fact)))
        };
        let ended = self.store.end_relationship(partner, id, command, rule);
        Ok(Response::new(v1::EndRelationshipResponse {
            relationship: Some(convert::relationship(ended.await?, Viewer::Customer)),
        }))
    }

    async fn get_delegated_privilege(
        &self,
        request: Request<v1::GetDelegatedPrivilegeRequest>,
    ) -> Result<Response<v1::GetDelegatedPrivilegeResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let (partner, id) = field::only("name", PrivilegeName::ids_of(&message.name))?;

        let found = self.store.privilege(&partner, id).await?;
        as_either(&identity, &partner, &found.0.customer)?;
        Ok(Response::new(v1::GetDelegatedPrivilegeResponse {
            privilege: Some(convert::privilege(found, self.store.now())),
        }))
    }

    async fn list_delegated_privileges(
        &self,
        request: Request<v1::ListDelegatedPrivilegesRequest>,
    ) -> Result<Response<v1::ListDelegatedPrivilegesResponse>, Status> {
        let identity = identity::of(&request);
        let mut message = request.into_inner();
        let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
        let mut v = Violations::new();
        let scope = read_scope(&mut v, &message.parent, &message.counterpart);
        let state = v.take(convert::read_privilege_state("state", message.state));
        let ((parent, scope), state) = v.build(|| Some((scope?, state?)))?;
        let caller = as_parent(&identity, &parent)?;
        let query = Query::new(tenant(caller), "ListDelegatedPrivileges", &message);
        let page = PageRequest::parse(size, &token, query)?;

        let now = self.store.now();
        let page = self
            .store
            .list_privileges(&scope, state, now, &page)
            .await?;
        let page = page.map(|privilege| convert::privilege(privilege, now));
        Ok(Response::new(v1::ListDelegatedPrivilegesResponse {
            privileges: page.items,
            next_page_token: page.next_page_token,
        }))
    }

    async fn terminate_delegated_privilege(
        &self,
        request: Request<v1::TerminateDelegatedPrivilegeRequest>,
    ) -> Result<Response<v1::TerminateDelegatedPrivilegeResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let (partner, id) = field::only("name", PrivilegeName::ids_of(&message.name))?;
        // whose customer it is about never changes, so it may be read before the act
        let customer = self.store.privilege(&partner, id).await?.0.customer;
        let caller = as_either(&identity, &partner, &customer)?;
        let command = Command::new(
            caller,
            "TerminateDelegatedPrivilege",
            &message.request_id,
            &message,
        )?;

        let etag = Etag(message.etag);
        let rule = move |privilege: Privilege, now| {
            etag.check(privilege.version)?;
            Ok(privilege.terminate(now)?)
        };
        let privilege = self
            .store
            .terminate_privilege(partner, id, command, rule)
            .await?;
        Ok(Response::new(v1::TerminateDelegatedPrivilegeResponse {
            privilege: Some(convert::privilege(privilege, self.store.now())),
        }))
    }
}

/// How many active subscriptions a preview shows at most, and how long it waits for them.
const SUBSCRIPTIONS: i32 = 100;
const PATIENCE: Duration = Duration::from_secs(2);

impl Api {
    /// The customer's active subscriptions; `None` where the portals do not say. They do not hinder
    /// a removal.
    async fn active_subscriptions(&self, customer: &CustomerId) -> Option<Vec<Subscription>> {
        let request = ListSubscriptionsRequest {
            parent: CustomerName::new(customer).to_string(),
            state: SubscriptionState::Active.into(),
            page_size: SUBSCRIPTIONS,
            page_token: String::new(),
        };
        let patience = time_left().map_or(PATIENCE, |left| PATIENCE.min(left / 2));
        let mut directory = DirectoryServiceClient::new(self.directory.clone());
        let answer = timeout(patience, directory.list_subscriptions(request)).await;
        let told = match answer {
            Ok(Ok(answer)) => answer.into_inner().subscriptions,
            Ok(Err(status)) => {
                tracing::warn!(code = ?status.code(), "subscriptions cannot be read");
                return None;
            }
            Err(_) => return None,
        };
        // what is shown is this customer's and active, whatever the portals say
        let own = format!("{}/subscriptions/", CustomerName::new(customer));
        let fits = |one: &Subscription| {
            one.name.starts_with(&own) && one.state() == SubscriptionState::Active
        };
        if told.len() > SUBSCRIPTIONS as usize || !told.iter().all(fits) {
            tracing::warn!("the portals tell of other subscriptions than were asked for");
            return None;
        }
        Some(told)
    }
}

fn read_update(message: &v1::ChangeAccountRequest) -> Result<(Pair, Update), SharedRefusal> {
    let mut v = Violations::new();
    let pair = v.check("name", PartnerCustomerName::ids_of(&message.name));
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let display_name = given(&message.display_name)
        .and_then(|text| v.take(read_display_name("display_name", &text)));
    let country =
        given(&message.country).and_then(|text| v.check("country", Country::parse(&text)));
    let domain = given(&message.domain).and_then(|text| v.check("domain", Domain::parse(&text)));
    let update = Update {
        display_name,
        country,
        domain,
    };
    let texts = [&message.display_name, &message.country, &message.domain];
    if texts.iter().all(|text| text.is_empty()) {
        v.add("display_name", "must be given, or country or domain");
    }
    v.build(|| Some((pair?, update)))
}

type Search = Option<(SearchBy, Prefix)>;

fn read_search(message: &v1::ListCustomersRequest) -> Result<(PartnerId, Search), SharedRefusal> {
    let mut v = Violations::new();
    let partner = v.check("parent", PartnerName::ids_of(&message.parent));
    let name = read_prefix(
        &mut v,
        "name_prefix",
        &message.name_prefix,
        DISPLAY_NAME_MAX,
    );
    let domain = read_prefix(&mut v, "domain_prefix", &message.domain_prefix, DOMAIN_MAX);
    if name.is_some() && domain.is_some() {
        v.add(
            "domain_prefix",
            "must not be given together with name_prefix",
        );
    }
    let name = name.map(|prefix| (SearchBy::Name, prefix));
    let domain = domain.map(|prefix| (SearchBy::Domain, prefix));
    v.build(|| Some((partner?, name.or(domain))))
}

fn read_prefix(v: &mut Violations, field: &str, text: &str, max: usize) -> Option<Prefix> {
    let text = v.take(field::line(field, text, max, Presence::Optional))?;
    if text.is_empty() {
        return None;
    }
    let prefix = Prefix::of(&text);
    if prefix.is_none() {
        v.add(field, "must hold something other than accents");
    }
    prefix
}

fn read_attestation(
    v: &mut Violations,
    attestation: Option<&v1::RemovalAttestation>,
) -> Option<Attestation> {
    let Some(attestation) = attestation else {
        v.add("attestation", "must be given");
        return None;
    };
    for (field, text) in [
        ("attestation.wording_id", &attestation.wording_id),
        ("attestation.language", &attestation.language),
    ] {
        if text.is_empty() {
            v.add(field, "must be as PreviewRemoval answered it");
        }
    }
    Some(Attestation {
        wording_id: attestation.wording_id.clone(),
        language: attestation.language.clone(),
        points: Points {
            good_faith: attestation.good_faith,
            legitimate_business_purpose: attestation.legitimate_business_purpose,
            in_line_with_agreement: attestation.in_line_with_agreement,
            hold_harmless: attestation.hold_harmless,
        },
    })
}

/// As whom the caller sees what is between this partner and a customer.
fn viewer(caller: &Caller, partner: &PartnerId) -> Viewer {
    match caller.tenant() {
        _ if caller.is_operator() => Viewer::Trusted,
        Some(tenant) if tenant == partner.tenant() => Viewer::Partner,
        _ => Viewer::Customer,
    }
}
