//! RelationshipService: customers, relationships, their removal, and the privileges that stay.

use std::mem::take;

use platform::error::Common;
use platform::field::{self, Presence, Violations};
use platform::id::Malformed;
use platform::identity::{self, Caller, Identity};
use platform::page::{PageRequest, Query};
use proto::relationship::v1::{self, relationship_service_server::RelationshipService};
use tonic::{Request, Response, Status};

use super::wire::Reader;
use super::{Api, DISPLAY_NAME, Etag, as_either, tenant, wire};
use crate::domain::account::{DOMAIN_MAX, Prefix};
use crate::domain::name::Parent;
use crate::domain::privilege::Privilege;
use crate::domain::relationship::{Attestation, Points, Relationship};
use crate::domain::{PartnerId, Scope, User, name};
use crate::store::{Act, SearchBy};
use crate::wording;

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
        let page = page.map(wire::customer);
        Ok(Response::new(v1::ListCustomersResponse {
            customers: page.items,
            next_page_token: page.next_page_token,
        }))
    }

    async fn get_relationship(
        &self,
        request: Request<v1::GetRelationshipRequest>,
    ) -> Result<Response<v1::GetRelationshipResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let named = v.check("name", name::parse_relationship(&message.name));
        let (partner, id) = v.build(|| named)?;

        let found = self.store.relationship(&partner, id).await?;
        let caller = as_either(&identity, &partner, &found.0.customer)?;
        let reader = reader(caller, &partner);
        Ok(Response::new(v1::GetRelationshipResponse {
            relationship: Some(wire::relationship(found, reader)),
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
        let state = v.take(wire::read_relationship_state("state", message.state));
        let ((parent, scope), state) = v.build(|| Some((scope?, state?)))?;
        let caller = as_parent(&identity, &parent)?;
        let query = Query::new(tenant(caller), "ListRelationships", &message);
        let page = PageRequest::parse(size, &token, query)?;

        let reader = match parent {
            Parent::Partner(_) => Reader::Partner,
            Parent::Customer(_) if caller.is_operator() => Reader::Partner,
            Parent::Customer(_) => Reader::Customer,
        };
        let page = self.store.list_relationships(&scope, state, &page).await?;
        let page = page.map(|found| wire::relationship(found, reader));
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
        let named = v.check("name", name::parse_relationship(&message.name));
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
        let wording = wording::removal(&language);
        Ok(Response::new(v1::PreviewRemovalResponse {
            relationship: Some(wire::relationship(relationship, Reader::Partner)),
            wording_id: wording.id,
            language: wording.language,
            text: wording::removal_text(&language),
            remaining_privileges: privileges
                .into_iter()
                .map(|one| wire::privilege(one, now))
                .collect(),
            next_step: wording::next_step(&language),
        }))
    }

    async fn remove_relationship(
        &self,
        request: Request<v1::RemoveRelationshipRequest>,
    ) -> Result<Response<v1::RemoveRelationshipResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let named = v.check("name", name::parse_relationship(&message.name));
        let attestation = read_attestation(&mut v, message.attestation.as_ref());
        let ((partner, id), attestation) = v.build(|| Some((named?, attestation?)))?;
        let caller = identity.as_partner(&partner)?;
        let act = Act::new(caller, "RemoveRelationship", &message.request_id, &message)?;

        let by = User {
            issuer: caller.issuer.clone(),
            subject: caller.subject.clone(),
        };
        let current = wording::current_removal(&attestation.language);
        let etag = Etag(message.etag);
        let rule = move |relationship: Relationship, now| {
            etag.check(relationship.version)?;
            Ok(relationship.remove(&attestation, current, by, now)?)
        };
        let removed = self
            .store
            .remove_relationship(partner, id, act, rule)
            .await?;
        Ok(Response::new(v1::RemoveRelationshipResponse {
            relationship: Some(wire::relationship(removed, Reader::Partner)),
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
        let state = v.take(wire::read_privilege_state("state", message.state));
        let ((parent, scope), state) = v.build(|| Some((scope?, state?)))?;
        let caller = as_parent(&identity, &parent)?;
        let query = Query::new(tenant(caller), "ListDelegatedPrivileges", &message);
        let page = PageRequest::parse(size, &token, query)?;

        let now = self.store.now();
        let page = self
            .store
            .list_privileges(&scope, state, now, &page)
            .await?;
        let page = page.map(|privilege| wire::privilege(privilege, now));
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
        let mut v = Violations::new();
        let named = v.check("name", name::parse_privilege(&message.name));
        let (partner, id) = v.build(|| named)?;
        // whose customer it is about never changes, so it may be read before the act
        let customer = self.store.privilege(&partner, id).await?.customer;
        let caller = as_either(&identity, &partner, &customer)?;
        let act = Act::new(
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
            .terminate_privilege(partner, id, act, rule)
            .await?;
        Ok(Response::new(v1::TerminateDelegatedPrivilegeResponse {
            privilege: Some(wire::privilege(privilege, self.store.now())),
        }))
    }
}

type Search = Option<(SearchBy, Prefix)>;

fn read_search(message: &v1::ListCustomersRequest) -> Result<(PartnerId, Search), Common> {
    let mut v = Violations::new();
    let partner = v.check("parent", name::parse_partner(&message.parent));
    let name = read_prefix(&mut v, "name_prefix", &message.name_prefix, DISPLAY_NAME);
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

/// The parent of a list, and what of it is listed: everything, or what it has with one counterpart.
fn read_scope(v: &mut Violations, parent: &str, counterpart: &str) -> Option<(Parent, Scope)> {
    let parent = v.check("parent", name::parse_parent(parent))?;
    let scope: Result<Scope, Malformed> = match (&parent, counterpart) {
        (Parent::Partner(partner), "") => Ok(Scope::Partner(partner.clone())),
        (Parent::Customer(customer), "") => Ok(Scope::Customer(customer.clone())),
        (Parent::Partner(partner), customer) => {
            name::parse_customer(customer).map(|customer| Scope::Both(partner.clone(), customer))
        }
        (Parent::Customer(customer), partner) => {
            name::parse_partner(partner).map(|partner| Scope::Both(partner, customer.clone()))
        }
    };
    let scope = v.check("counterpart", scope)?;
    Some((parent, scope))
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

fn as_parent<'a>(identity: &'a Identity, parent: &Parent) -> Result<&'a Caller, Common> {
    match parent {
        Parent::Partner(partner) => identity.as_partner(partner),
        Parent::Customer(customer) => identity.as_customer(customer),
    }
}

/// Who reads what is between this partner and a customer.
fn reader(caller: &Caller, partner: &PartnerId) -> Reader {
    if caller.is_operator() || caller.tenant() == Some(partner.tenant()) {
        Reader::Partner
    } else {
        Reader::Customer
    }
}
