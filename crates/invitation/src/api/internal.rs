//! What the gateway asks for on behalf of a partner's admin: invitations with their links.

use platform::error::{Failure, SharedRefusal};
use platform::identity::{self, Identity};
use platform::store::command::Command;
use proto::invitation::internal::v1::invitation_internal_service_server::InvitationInternalService;
use proto::invitation::internal::v1::{
    CreateInvitationRequest, CreateInvitationResponse, DescribeInvitationRequest,
    DescribeInvitationResponse, Description, DraftAccess,
};
use proto::relationship::internal::v1::ResolvePartiesRequest;
use tonic::{Request, Response, Status};
use vocabulary::name::{CustomerName, InvitationName, PartnerName};

use super::creation::{Creation, Intent, read_creation};
use super::{Api, convert, read_invitation_name};
use crate::Error;
use crate::domain::{Invitation, Parties, Warning};
use crate::relationship;
use crate::store::{Created, New};

#[tonic::async_trait]
impl InvitationInternalService for Api {
    async fn create_invitation(
        &self,
        request: Request<CreateInvitationRequest>,
    ) -> Result<Response<CreateInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let creation = read_creation(request.get_ref(), &self.links)?;
        let actor = identity.as_partner(&creation.reseller)?.actor();
        let earlier = self.store.earlier(&creation.request).await?;
        if let Some(made) = earlier
            && creation.intent == Intent::Create
        {
            let made = InvitationName::parse(&made).map_err(Failure::other)?;
            let invitation = self.store.invitation(made.invitation).await?;
            return Ok(Response::new(self.created(&invitation, Vec::new())?));
        }
        let (parties, mut warnings) = self.resolve(&creation, &identity).await?;
        let Creation {
            terms,
            request,
            intent,
            ..
        } = creation;
        let answer = match intent {
            Intent::Check => {
                let would_be = convert::uncreated(&parties, &terms);
                let alike = self.store.check_invitation(parties, terms).await?;
                warnings.extend(alike.map(Warning::OpenInvitation));
                CreateInvitationResponse {
                    description: Some(Description {
                        invitation: Some(would_be),
                        link: String::new(),
                    }),
                    warnings: warnings.iter().map(convert::warning).collect(),
                }
            }
            Intent::Create => {
                let new = New {
                    parties,
                    terms,
                    key_id: self.links.signing().to_owned(),
                    command: Command::keyed(actor, "CreateInvitation", Some(request)),
                };
                let Created { invitation, alike } = self.store.create_invitation(new).await?;
                warnings.extend(alike.map(Warning::OpenInvitation));
                self.created(&invitation, warnings)?
            }
        };
        Ok(Response::new(answer))
    }

    async fn describe_invitation(
        &self,
        request: Request<DescribeInvitationRequest>,
    ) -> Result<Response<DescribeInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.get_ref();
        let (partner, id) = read_invitation_name(&asked.name)?;
        let rule = match asked.access() {
            DraftAccess::Read => Invitation::open,
            DraftAccess::Edit => Invitation::edit,
            DraftAccess::Unspecified => {
                return Err(SharedRefusal::invalid("access", "must be READ or EDIT").into());
            }
        };
        identity.as_partner(&partner)?;
        let invitation = self.store.invitation_of(&partner, id).await?;
        let open = rule(invitation, self.store.now())?;
        let description = Some(self.description(&open)?);
        Ok(Response::new(DescribeInvitationResponse { description }))
    }
}

impl Api {
    /// The parties to an invitation that is asked for, and what the relationship service knows that
    /// its inviter may not.
    async fn resolve(
        &self,
        creation: &Creation,
        identity: &Identity,
    ) -> Result<(Parties, Vec<Warning>), Error> {
        let (reseller, provider) = (&creation.reseller, creation.provider.as_ref());
        let customer = creation.terms.bound_to.customer();
        let question = ResolvePartiesRequest {
            reseller: PartnerName::new(reseller).to_string(),
            provider: provider
                .map(|it| PartnerName::new(it).to_string())
                .unwrap_or_default(),
            customer: customer
                .map(|it| CustomerName::new(it).to_string())
                .unwrap_or_default(),
        };
        let mut client = self.relationship.clone();
        let answer = client.resolve_parties(identity.on_behalf(question)).await?;
        let answer = answer.into_inner();
        let related = answer.customer_related.then_some(Warning::CustomerRelated);
        let parties = relationship::parties(reseller, provider, answer);
        let parties = parties.map_err(Failure::other)?;
        Ok((parties, related.into_iter().collect()))
    }

    fn created(
        &self,
        invitation: &Invitation,
        warnings: Vec<Warning>,
    ) -> Result<CreateInvitationResponse, Error> {
        Ok(CreateInvitationResponse {
            description: Some(self.description(invitation)?),
            warnings: warnings.iter().map(convert::warning).collect(),
        })
    }

    fn description(&self, invitation: &Invitation) -> Result<Description, Error> {
        let link = self.link(invitation)?;
        Ok(Description {
            invitation: Some(convert::invitation(invitation)),
            link,
        })
    }
}
