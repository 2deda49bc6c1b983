//! What the gateway asks for on behalf of a partner's admin: invitations with their links.

use platform::error::{Failure, SharedRefusal};
use platform::identity;
use platform::store::command::Command;
use proto::invitation::internal::v1::invitation_internal_service_server::InvitationInternalService;
use proto::invitation::internal::v1::{
    CreateInvitationRequest, CreateInvitationResponse, DescribeInvitationRequest,
    DescribeInvitationResponse, Description, DraftAccess,
};
use proto::relationship::internal::v1::ResolvePartiesRequest;
use tonic::{Request, Response, Status};
use vocabulary::name::{InvitationName, PartnerName};

use super::creation::read_creation;
use super::{Api, convert, read_invitation_name};
use crate::Error;
use crate::domain::Invitation;
use crate::relationship;
use crate::store::New;

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
        let invitation = match earlier.as_deref().map(InvitationName::parse) {
            Some(made) => {
                let made = made.map_err(Failure::other)?;
                self.store.invitation(made.invitation).await?
            }
            None => {
                let question = ResolvePartiesRequest {
                    reseller: PartnerName::new(&creation.reseller).to_string(),
                    provider: creation
                        .provider
                        .as_ref()
                        .map(|it| PartnerName::new(it).to_string())
                        .unwrap_or_default(),
                };
                let mut client = self.relationship.clone();
                let answer = client.resolve_parties(identity.on_behalf(question)).await;
                let answer = answer.map_err(Error::from)?.into_inner();
                let parties =
                    relationship::parties(&creation.reseller, creation.provider.as_ref(), answer);
                let new = New {
                    parties: parties.map_err(Failure::other)?,
                    terms: creation.terms,
                    key_id: self.links.signing().to_owned(),
                    command: Command::keyed(actor, "CreateInvitation", Some(creation.request)),
                };
                self.store.create_invitation(new).await?
            }
        };
        let description = Some(self.description(&invitation)?);
        Ok(Response::new(CreateInvitationResponse { description }))
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
    fn description(&self, invitation: &Invitation) -> Result<Description, Error> {
        let link = self.link(invitation)?;
        Ok(Description {
            invitation: Some(convert::invitation(invitation)),
            link,
        })
    }
}
