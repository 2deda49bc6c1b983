//! The two services that the gateway composes from, stood in for: they keep what they are asked and
//! answer what they are told to. Who may ask them is decided as in the real ones.

use std::sync::{Arc, Mutex};

use platform::serve::Service;
use proto::invitation::internal::v1::invitation_internal_service_server::{
    InvitationInternalService, InvitationInternalServiceServer,
};
use proto::invitation::internal::v1::{
    CreateInvitationRequest, CreateInvitationResponse, DescribeInvitationRequest,
    DescribeInvitationResponse, Description,
};
use proto::invitation::v1::{Invitation, InvitationWarning};
use proto::notification::internal::v1::notification_internal_service_server::{
    NotificationInternalService, NotificationInternalServiceServer,
};
use proto::notification::internal::v1::{
    DeliverFactRequest, DeliverFactResponse, RenderDraftRequest, RenderDraftResponse,
    SaveDraftRequest, SaveDraftResponse,
};
use proto::notification::v1::Draft;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// The invitation's name and its link.
pub(crate) const NAME: &str = "partners/contoso/invitations/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";
pub(crate) const LINK: &str = "http://127.0.0.1:8080/i/k1.AZfzoFt-fDqdWAwdLj9KWw.1.q83vEjRWeJA";

/// What the two services were asked, and what they answer next.
#[derive(Clone, Default)]
pub(crate) struct Behind(Arc<Mutex<State>>);

/// What they received, in its order, and what they are told to answer.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) created: Vec<CreateInvitationRequest>,
    pub(crate) described: Vec<DescribeInvitationRequest>,
    pub(crate) rendered: Vec<RenderDraftRequest>,
    pub(crate) kept: Vec<SaveDraftRequest>,
    /// What the inviter is warned of.
    pub(crate) warnings: Vec<InvitationWarning>,
    /// The invitation has a link no more.
    pub(crate) closed: bool,
    /// How the invitation service answers.
    pub(crate) invitation: Option<Status>,
    /// How the notification service answers.
    pub(crate) notification: Option<Status>,
}

impl Behind {
    /// The one service of the two.
    pub(crate) fn invitation(&self) -> Service {
        let routes = Routes::new(InvitationInternalServiceServer::new(self.clone()));
        Service::new("invitation", routes, proto::descriptors())
    }

    /// The other.
    pub(crate) fn notification(&self) -> Service {
        let routes = Routes::new(NotificationInternalServiceServer::new(self.clone()));
        Service::new("notification", routes, proto::descriptors())
    }

    /// Changes what they answer.
    pub(crate) fn is(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap());
    }

    /// Looks at what they received.
    pub(crate) fn was<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.0.lock().unwrap())
    }
}

impl State {
    fn description(&self) -> Result<Option<Description>, Status> {
        let link = if self.closed { "" } else { LINK };
        match &self.invitation {
            Some(status) => Err(status.clone()),
            None => Ok(Some(Description {
                invitation: Some(invitation()),
                link: link.to_owned(),
            })),
        }
    }

    fn draft(&self, text: &str) -> Result<Option<Draft>, Status> {
        match &self.notification {
            Some(status) => Err(status.clone()),
            None => Ok(Some(Draft {
                invitation: NAME.to_owned(),
                text: text.to_owned(),
                ..Default::default()
            })),
        }
    }
}

/// The invitation that there is.
pub(crate) fn invitation() -> Invitation {
    Invitation {
        name: NAME.to_owned(),
        provider: "partners/fabrikam".to_owned(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl InvitationInternalService for Behind {
    async fn create_invitation(
        &self,
        request: Request<CreateInvitationRequest>,
    ) -> Result<Response<CreateInvitationResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        state.created.push(request.into_inner());
        Ok(Response::new(CreateInvitationResponse {
            description: state.description()?,
            warnings: state.warnings.clone(),
        }))
    }

    async fn describe_invitation(
        &self,
        request: Request<DescribeInvitationRequest>,
    ) -> Result<Response<DescribeInvitationResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        state.described.push(request.into_inner());
        Ok(Response::new(DescribeInvitationResponse {
            description: state.description()?,
        }))
    }
}

#[tonic::async_trait]
impl NotificationInternalService for Behind {
    async fn render_draft(
        &self,
        request: Request<RenderDraftRequest>,
    ) -> Result<Response<RenderDraftResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        state.rendered.push(request.into_inner());
        Ok(Response::new(RenderDraftResponse {
            draft: state.draft("rendered")?,
        }))
    }

    async fn save_draft(
        &self,
        request: Request<SaveDraftRequest>,
    ) -> Result<Response<SaveDraftResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        state.kept.push(request.into_inner());
        Ok(Response::new(SaveDraftResponse {
            draft: state.draft("kept")?,
        }))
    }

    async fn deliver_fact(
        &self,
        _: Request<DeliverFactRequest>,
    ) -> Result<Response<DeliverFactResponse>, Status> {
        Err(Status::unimplemented("the gateway delivers no facts"))
    }
}
