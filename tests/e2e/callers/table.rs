//! Who may what: the table *Callers* of the requirements, method by method.

use platform::identity::Peer;

/// Who calls. Resources named belong to contoso (reseller), fabrikam and adatum (customer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum As {
    Nobody,
    /// With a token that is none.
    Forger,
    PartnerGlobalAdmin,
    PartnerAdminAgent,
    /// In roles that give nothing here, one of them written like one that does.
    PartnerClerk,
    PartnerUser,
    OtherPartner,
    CustomerGlobalAdmin,
    CustomerAdminAgent,
    OtherCustomer,
    Service,
    Operator,
    /// Whose token names a tenant as well.
    OperatorOfTenant,
}

pub(super) const EVERYBODY: [As; 13] = [
    As::Nobody,
    As::Forger,
    As::PartnerGlobalAdmin,
    As::PartnerAdminAgent,
    As::PartnerClerk,
    As::PartnerUser,
    As::OtherPartner,
    As::CustomerGlobalAdmin,
    As::CustomerAdminAgent,
    As::OtherCustomer,
    As::Service,
    As::Operator,
    As::OperatorOfTenant,
];

/// What a caller is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Past the door: whatever the method says then.
    Allowed,
    /// NOT_FOUND: another tenant's.
    Hidden,
    /// PERMISSION_DENIED: not this kind of caller, or not this role.
    Denied,
    /// UNAUTHENTICATED.
    WhoAreYou,
}

/// Whose a method is.
#[derive(Clone, Copy)]
pub(super) enum Row {
    Partner,
    PartnerOrOperator,
    PartnerCustomerOrOperator,
    PartnerOrCustomer,
    Customer,
    CustomerOrOperator,
    Operator,
    AnyTenantOrOperator,
    Access,
    PartnerOperatorOrService,
}

impl Row {
    pub(super) fn told(self, caller: As) -> Told {
        use As::*;
        use Told::*;
        let (partner, customer, operator, service, anybody) = match self {
            Row::Partner => (true, false, false, false, false),
            Row::PartnerOrOperator => (true, false, true, false, false),
            Row::PartnerCustomerOrOperator => (true, true, true, false, false),
            Row::PartnerOrCustomer => (true, true, false, false, false),
            Row::Customer => (false, true, false, false, false),
            Row::CustomerOrOperator => (false, true, true, false, false),
            Row::Operator => (false, false, true, false, false),
            Row::AnyTenantOrOperator => (true, true, true, false, true),
            Row::Access => (true, true, true, true, false),
            Row::PartnerOperatorOrService => (true, false, true, true, false),
        };
        let tenants = partner || customer;
        match caller {
            Nobody | Forger => WhoAreYou,
            Operator | OperatorOfTenant if operator => Allowed,
            Service if service => Allowed,
            Operator | OperatorOfTenant | Service => Denied,
            _ if anybody => Allowed,
            _ if !tenants => Denied,
            PartnerGlobalAdmin if partner => Allowed,
            PartnerAdminAgent if partner => Allowed,
            CustomerGlobalAdmin if customer => Allowed,
            PartnerClerk | PartnerUser => Denied,
            // a role that this kind of method never admits
            PartnerAdminAgent | CustomerAdminAgent if !partner => Denied,
            // the right organisation in the wrong role
            CustomerAdminAgent if customer => Denied,
            PartnerGlobalAdmin | PartnerAdminAgent | OtherPartner | CustomerGlobalAdmin
            | CustomerAdminAgent | OtherCustomer => Hidden,
        }
    }
}

/// The public methods. A new one needs a row here, and a request in [`request`].
pub(super) const ROWS: &[(&str, Row)] = &[
    ("gateway.v1.ConnectionService/InviteCustomer", Row::Partner),
    ("gateway.v1.ConnectionService/GetDraft", Row::Partner),
    ("gateway.v1.ConnectionService/SaveDraft", Row::Partner),
    (
        "gateway.v1.ConnectionService/GetCustomerRecord",
        Row::PartnerOrOperator,
    ),
    (
        "gateway.v1.ConnectionService/ListSubscriptions",
        Row::PartnerOrOperator,
    ),
    (
        "gateway.v1.ConnectionService/ListUsers",
        Row::PartnerOrOperator,
    ),
    (
        "gateway.v1.ConnectionService/ListLicenses",
        Row::PartnerOrOperator,
    ),
    (
        "gateway.v1.ConnectionService/ListOrders",
        Row::PartnerOrOperator,
    ),
    ("gateway.v1.ConnectionService/SubmitOrder", Row::Partner),
    (
        "gateway.v1.ConnectionService/ChangeSubscription",
        Row::Partner,
    ),
    ("gateway.v1.ConnectionService/AddUser", Row::Partner),
    ("gateway.v1.ConnectionService/RemoveUser", Row::Partner),
    ("gateway.v1.ConnectionService/AssignLicense", Row::Partner),
    ("gateway.v1.ConnectionService/WithdrawLicense", Row::Partner),
    (
        "invitation.v1.InvitationService/GetInvitation",
        Row::PartnerOrOperator,
    ),
    (
        "invitation.v1.InvitationService/ListInvitations",
        Row::PartnerOrOperator,
    ),
    (
        "invitation.v1.InvitationService/FinishInvitation",
        Row::Partner,
    ),
    (
        "invitation.v1.InvitationService/ResendInvitation",
        Row::Partner,
    ),
    (
        "invitation.v1.InvitationService/RevokeInvitation",
        Row::Partner,
    ),
    (
        "invitation.v1.InvitationService/InspectInvitation",
        Row::AnyTenantOrOperator,
    ),
    (
        "invitation.v1.InvitationService/AcceptInvitation",
        Row::Customer,
    ),
    (
        "invitation.v1.InvitationService/DeclineInvitation",
        Row::Customer,
    ),
    (
        "invitation.v1.InvitationService/GetAcceptance",
        Row::CustomerOrOperator,
    ),
    (
        "notification.v1.NotificationService/ListNotices",
        Row::PartnerOrOperator,
    ),
    ("relationship.v1.PartnerService/EnrollPartner", Row::Partner),
    (
        "relationship.v1.PartnerService/GetPartner",
        Row::PartnerOrOperator,
    ),
    ("relationship.v1.PartnerService/ListPartners", Row::Operator),
    (
        "relationship.v1.PartnerService/DecideEnrollment",
        Row::Operator,
    ),
    (
        "relationship.v1.PartnerService/SuspendPartner",
        Row::Operator,
    ),
    (
        "relationship.v1.PartnerService/ReinstatePartner",
        Row::Operator,
    ),
    (
        "relationship.v1.PartnerService/ProposePartnership",
        Row::Partner,
    ),
    (
        "relationship.v1.PartnerService/AcceptPartnership",
        Row::Partner,
    ),
    (
        "relationship.v1.PartnerService/EndPartnership",
        Row::Partner,
    ),
    (
        "relationship.v1.PartnerService/GetPartnership",
        Row::PartnerOrOperator,
    ),
    (
        "relationship.v1.PartnerService/ListPartnerships",
        Row::PartnerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/ListCustomers",
        Row::PartnerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/GetAccount",
        Row::CustomerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/ChangeAccount",
        Row::Partner,
    ),
    (
        "relationship.v1.RelationshipService/GetRelationship",
        Row::PartnerCustomerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/ListRelationships",
        Row::PartnerCustomerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/PreviewRemoval",
        Row::PartnerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/RemoveRelationship",
        Row::Partner,
    ),
    (
        "relationship.v1.RelationshipService/GetDelegatedPrivilege",
        Row::PartnerCustomerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/ListDelegatedPrivileges",
        Row::PartnerCustomerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/TerminateDelegatedPrivilege",
        Row::PartnerOrCustomer,
    ),
    ("relationship.v1.AccessService/CheckAccess", Row::Access),
    (
        "relationship.v1.AccessService/BatchCheckAccess",
        Row::Access,
    ),
    ("relationship.v1.AccessService/ListAccess", Row::Access),
    (
        "relationship.v1.AccessService/WatchRelationships",
        Row::PartnerOperatorOrService,
    ),
];

/// The internal methods, and those of the portals: whom each service answers, and whether that peer
/// brings the user's token.
pub(super) const INTERNAL: &[(&str, &[Peer], Option<As>)] = &[
    (
        "invitation.internal.v1.InvitationInternalService/CreateInvitation",
        &[Peer::Gateway],
        Some(As::PartnerGlobalAdmin),
    ),
    (
        "invitation.internal.v1.InvitationInternalService/DescribeInvitation",
        &[Peer::Gateway],
        Some(As::PartnerGlobalAdmin),
    ),
    (
        "notification.internal.v1.NotificationInternalService/RenderDraft",
        &[Peer::Gateway],
        Some(As::PartnerGlobalAdmin),
    ),
    (
        "notification.internal.v1.NotificationInternalService/SaveDraft",
        &[Peer::Gateway],
        Some(As::PartnerGlobalAdmin),
    ),
    (
        "notification.internal.v1.NotificationInternalService/DeliverFact",
        &[Peer::Invitation, Peer::Relationship],
        None,
    ),
    (
        "relationship.internal.v1.RelationshipInternalService/ResolveParties",
        &[Peer::Invitation],
        Some(As::PartnerGlobalAdmin),
    ),
    (
        "relationship.internal.v1.RelationshipInternalService/HasAccount",
        &[Peer::Invitation],
        Some(As::CustomerGlobalAdmin),
    ),
    (
        "relationship.internal.v1.RelationshipInternalService/DecideAcceptance",
        &[Peer::Invitation],
        None,
    ),
    (
        "relationship.internal.v1.RelationshipInternalService/DescribeCustomer",
        &[Peer::Gateway],
        Some(As::PartnerGlobalAdmin),
    ),
    (
        "directory.v1.DirectoryService/StreamExistingBusiness",
        &[Peer::Relationship],
        None,
    ),
    (
        "directory.v1.DirectoryService/ListSubscriptions",
        &[Peer::Gateway, Peer::Relationship],
        None,
    ),
    (
        "directory.v1.DirectoryService/ListUsers",
        &[Peer::Gateway],
        None,
    ),
    (
        "directory.v1.DirectoryService/ListLicenses",
        &[Peer::Gateway],
        None,
    ),
    (
        "directory.v1.DirectoryService/ListOrders",
        &[Peer::Gateway],
        None,
    ),
    (
        "directory.v1.DirectoryService/SubmitOrder",
        &[Peer::Gateway],
        None,
    ),
    (
        "directory.v1.DirectoryService/ChangeSubscription",
        &[Peer::Gateway],
        None,
    ),
    (
        "directory.v1.DirectoryService/AddUser",
        &[Peer::Gateway],
        None,
    ),
    (
        "directory.v1.DirectoryService/RemoveUser",
        &[Peer::Gateway],
        None,
    ),
    (
        "directory.v1.DirectoryService/AssignLicense",
        &[Peer::Gateway],
        None,
    ),
    (
        "directory.v1.DirectoryService/WithdrawLicense",
        &[Peer::Gateway],
        None,
    ),
];
