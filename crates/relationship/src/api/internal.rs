//! RelationshipInternalService: what the invitation service and the gateway need. Never forwarded
//! to callers outside.

use std::time::Duration;

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use platform::identity;
use proto::relationship::internal::v1::{
    self, relationship_internal_service_server::RelationshipInternalService,
};
use tonic::{Request, Response, Status};
use vocabulary::acting_user::ActingUser;
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::id::{AcceptanceId, CustomerId, PartnerId, PartnershipId};
use vocabulary::limits::CORRELATION_ID_MAX;
use vocabulary::name::{
    CustomerName, InvitationName, PartnerCustomerName, PartnerName, PartnershipName,
};
use vocabulary::permission::Permission;

use super::{Api, convert, read_display_name};
use crate::domain::access::{self, Viewer};
use crate::domain::account::Profile;
use crate::domain::decision::Acceptance;
use crate::domain::party;

/// The longest lifetime of a privilege, in days.
const PRIVILEGE_DAYS: u32 = 730;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tonic::async_trait]
impl RelationshipInternalService for Api {
    async fn resolve_parties(
        &self,
        request: Request<v1::ResolvePartiesRequest>,
    ) -> Result<Response<v1::ResolvePartiesResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let reseller = v.check("reseller", PartnerName::ids_of(&message.reseller));
        let provider = read_optional_partner(&mut v, "provider", &message.provider);
        let customer = read_optional_customer(&mut v, "customer", &message.customer);
        let (reseller, provider, customer) = v.build(|| Some((reseller?, provider?, customer?)))?;
        identity.as_partner(&reseller)?;

        let found = self.store.candidates(&reseller, provider.as_ref()).await?;
        let parties = party::resolve_parties(&reseller, provider.as_ref(), found, self.programme)?;
        let (provider, partnership) = parties.provider.unzip();
        let customer_related = match customer {
            Some(customer) => self.store.are_related((reseller, customer)).await?,
            None => false,
        };
        Ok(Response::new(v1::ResolvePartiesResponse {
            reseller: Some(convert::party(parties.reseller)),
            provider: provider.map(convert::party),
            partnership: partnership
                .map(|id| PartnershipName::new(id).to_string())
                .unwrap_or_default(),
            customer_related,
        }))
    }

    async fn has_account(
        &self,
        request: Request<v1::HasAccountRequest>,
    ) -> Result<Response<v1::HasAccountResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let customer = field::only("customer", CustomerName::ids_of(&message.customer))?;
        identity.as_customer(&customer)?;

        let exists = self.store.account(&customer).await?.is_some();
        Ok(Response::new(v1::HasAccountResponse { exists }))
    }

    async fn describe_customer(
        &self,
        request: Request<v1::DescribeCustomerRequest>,
    ) -> Result<Response<v1::DescribeCustomerResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let pair = field::only("name", PartnerCustomerName::ids_of(&message.name))?;
        let viewer = match identity.as_partner(&pair.0)?.tenant() {
            None => Viewer::Trusted,
            Some(_) => Viewer::Partner,
        };

        let (now, partner) = (self.store.now(), pair.0.clone());
        let (grounds, account) = self.store.grounds_with_account(pair, now).await?;
        let mut access = access::check(
            &grounds,
            Permission::ViewRecord,
            viewer,
            self.programme,
            now,
        );
        let account = account.filter(|_| access.denial.is_none());
        if access.denial.is_none() {
            access.privilege = access::newest_standing(&grounds.privileges, now);
        }
        Ok(Response::new(v1::DescribeCustomerResponse {
            decision: Some(convert::access(access, &partner)),
            account: account.map(convert::account),
        }))
    }

    async fn decide_acceptance(
        &self,
        request: Request<v1::DecideAcceptanceRequest>,
    ) -> Result<Response<v1::DecideAcceptanceResponse>, Status> {
        let acceptance = read_acceptance(request.into_inner())?;
        let fingerprint = acceptance.fingerprint();
        let (decision, name) = self.store.establish(acceptance).await?;
        Ok(Response::new(v1::DecideAcceptanceResponse {
            customer: CustomerName::new(&decision.customer).to_string(),
            outcome: convert::outcome(decision.outcome).into(),
            relationships: decision.relationships(),
            content_differs: decision.fingerprint != fingerprint,
            customer_display_name: name.unwrap_or_default(),
        }))
    }
}

fn read_acceptance(message: v1::DecideAcceptanceRequest) -> Result<Acceptance, SharedRefusal> {
    let mut v = Violations::new();
    let id = v.check("acceptance_id", AcceptanceId::parse(&message.acceptance_id));
    let invitation = v.check("invitation", InvitationName::ids_of(&message.invitation));
    let customer = v.check("customer", CustomerName::ids_of(&message.customer));
    let reseller = v.check("reseller", PartnerName::ids_of(&message.reseller));
    let joint = read_joint(&mut v, &message.provider, &message.partnership);
    let privilege_lifetime = read_lifetime(&mut v, message.privilege_lifetime_days);
    let profile = read_profile(&mut v, message.account);
    let user = read_user(&mut v, message.user);
    let correlation_id = &message.correlation_id;
    let correlation_id = field::line(
        "correlation_id",
        correlation_id,
        CORRELATION_ID_MAX,
        Presence::Optional,
    );
    let correlation_id = v.take(correlation_id);
    let (inviter, acceptance) = v.build(|| {
        let (inviter, invitation) = invitation?;
        let acceptance = Acceptance {
            id: id?,
            invitation,
            customer: customer?,
            reseller: reseller?,
            joint: joint?,
            privilege_lifetime: privilege_lifetime?,
            profile: profile?,
            user: user?,
            correlation_id: correlation_id?,
        };
        Some((inviter, acceptance))
    })?;
    check_parties(&inviter, &acceptance)?;
    Ok(acceptance)
}

fn check_parties(inviter: &PartnerId, acceptance: &Acceptance) -> Result<(), SharedRefusal> {
    let mut v = Violations::new();
    if *inviter != acceptance.reseller {
        v.add("reseller", "must be the partner of the invitation");
    }
    let customer = acceptance.customer.tenant();
    if acceptance.parties().any(|party| party.tenant() == customer) {
        v.add("customer", "must not be a party to the invitation");
    }
    v.finish()
}

fn read_optional_partner(v: &mut Violations, field: &str, text: &str) -> Option<Option<PartnerId>> {
    if text.is_empty() {
        return Some(None);
    }
    v.check(field, PartnerName::ids_of(text)).map(Some)
}

fn read_optional_customer(
    v: &mut Violations,
    field: &str,
    text: &str,
) -> Option<Option<CustomerId>> {
    if text.is_empty() {
        return Some(None);
    }
    v.check(field, CustomerName::ids_of(text)).map(Some)
}

fn read_joint(
    v: &mut Violations,
    provider: &str,
    partnership: &str,
) -> Option<Option<(PartnerId, PartnershipId)>> {
    if provider.is_empty() && partnership.is_empty() {
        return Some(None);
    }
    let provider = v.check("provider", PartnerName::ids_of(provider));
    let partnership = v.check("partnership", PartnershipName::ids_of(partnership));
    Some(Some((provider?, partnership?)))
}

fn read_lifetime(v: &mut Violations, days: i32) -> Option<Option<Duration>> {
    match u32::try_from(days) {
        Ok(0) => Some(None),
        Ok(count) if count <= PRIVILEGE_DAYS => Some(Some(DAY * count)),
        _ => {
            let description = format!("must be 1 to {PRIVILEGE_DAYS}, or 0 for no end");
            v.add("privilege_lifetime_days", description);
            None
        }
    }
}

fn read_profile(v: &mut Violations, account: Option<v1::NewAccount>) -> Option<Option<Profile>> {
    let Some(account) = account else {
        return Some(None);
    };
    let display_name = &account.display_name;
    let display_name = v.take(read_display_name("account.display_name", display_name));
    let country = v.check("account.country", Country::parse(&account.country));
    let domain = v.check("account.domain", Domain::parse(&account.domain));
    Some(Some(Profile {
        display_name: display_name?,
        country: country?,
        domain: domain?,
    }))
}

fn read_user(v: &mut Violations, user: Option<v1::ActingUser>) -> Option<ActingUser> {
    match user {
        Some(user) if !user.issuer.is_empty() && !user.subject.is_empty() => Some(ActingUser {
            issuer: user.issuer,
            subject: user.subject,
        }),
        _ => {
            v.add("user", "must be given with issuer and subject");
            None
        }
    }
}
