//! Who may call what, method by method.

use platform::identity::Peer;

use Expected::*;

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

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
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
pub(super) enum Expected {
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

impl Expected {
    pub(super) fn verdict(self, caller: As) -> Verdict {
        use As::*;
        use Verdict::*;
        let (partner, customer, operator, service, anybody) = match self {
            Expected::Partner => (true, false, false, false, false),
            Expected::PartnerOrOperator => (true, false, true, false, false),
            Expected::PartnerCustomerOrOperator => (true, true, true, false, false),
            Expected::PartnerOrCustomer => (true, true, false, false, false),
            Expected::Customer => (false, true, false, false, false),
            Expected::CustomerOrOperator => (false, true, true, false, false),
            Expected::Operator => (false, false, true, false, false),
            Expected::AnyTenantOrOperator => (true, true, true, false, true),
            Expected::Access => (true, true, true, true, false),
            Expected::PartnerOperatorOrService => (true, false, true, true, false),
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

/// The public methods. A new one needs an expectation here, and a request in [`request`].
pub(super) const EXPECTED: &[(&str, Expected)] = &[
    ("gateway.v1.ConnectionService/InviteCustomer", Partner),
    ("gateway.v1.ConnectionService/GetDraft", Partner),
    ("gateway.v1.ConnectionService/SaveDraft", Partner),
    (
        "gateway.v1.ConnectionService/GetCustomerRecord",
        PartnerOrOperator,
    ),
    (
        "gateway.v1.ConnectionService/ListSubscriptions",
        PartnerOrOperator,
    ),
    ("gateway.v1.ConnectionService/ListUsers", PartnerOrOperator),
    (
        "gateway.v1.ConnectionService/ListLicenses",
        PartnerOrOperator,
    ),
    ("gateway.v1.ConnectionService/ListOrders", PartnerOrOperator),
    ("gateway.v1.ConnectionService/SubmitOrder", Partner),
    ("gateway.v1.ConnectionService/ChangeSubscription", Partner),
    ("gateway.v1.ConnectionService/AddUser", Partner),
    ("gateway.v1.ConnectionService/RemoveUser", Partner),
    ("gateway.v1.ConnectionService/AssignLicense", Partner),
    ("gateway.v1.ConnectionService/WithdrawLicense", Partner),
    (
        "invitation.v1.InvitationService/GetInvitation",
        PartnerOrOperator,
    ),
    (
        "invitation.v1.InvitationService/ListInvitations",
        PartnerCustomerOrOperator,
    ),
    ("invitation.v1.InvitationService/FinishInvitation", Partner),
    ("invitation.v1.InvitationService/ResendInvitation", Partner),
    ("invitation.v1.InvitationService/RevokeInvitation", Partner),
    (
        "invitation.v1.InvitationService/InspectInvitation",
        AnyTenantOrOperator,
    ),
    (
        "invitation.v1.InvitationService/GetWording",
        AnyTenantOrOperator,
    ),
    ("invitation.v1.InvitationService/AcceptInvitation", Customer),
    (
        "invitation.v1.InvitationService/DeclineInvitation",
        Customer,
    ),
    (
        "invitation.v1.InvitationService/GetAcceptance",
        CustomerOrOperator,
    ),
    (
        "invitation.v1.InvitationService/ListAcceptances",
        CustomerOrOperator,
    ),
    (
        "invitation.v1.InvitationService/ListDeclinations",
        CustomerOrOperator,
    ),
    (
        "notification.v1.NotificationService/ListNotices",
        PartnerOrOperator,
    ),
    ("relationship.v1.PartnerService/EnrollPartner", Partner),
    (
        "relationship.v1.PartnerService/GetPartner",
        PartnerOrOperator,
    ),
    ("relationship.v1.PartnerService/ListPartners", Operator),
    ("relationship.v1.PartnerService/DecideEnrollment", Operator),
    ("relationship.v1.PartnerService/UpdatePartner", Partner),
    ("relationship.v1.PartnerService/WithdrawEnrollment", Partner),
    ("relationship.v1.PartnerService/SuspendPartner", Operator),
    ("relationship.v1.PartnerService/ReinstatePartner", Operator),
    ("relationship.v1.PartnerService/ProposePartnership", Partner),
    ("relationship.v1.PartnerService/AcceptPartnership", Partner),
    ("relationship.v1.PartnerService/EndPartnership", Partner),
    (
        "relationship.v1.PartnerService/GetPartnership",
        PartnerOrOperator,
    ),
    (
        "relationship.v1.PartnerService/ListPartnerships",
        PartnerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/ListCustomers",
        PartnerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/GetAccount",
        CustomerOrOperator,
    ),
    ("relationship.v1.RelationshipService/ChangeAccount", Partner),
    (
        "relationship.v1.RelationshipService/GetRelationship",
        PartnerCustomerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/ListRelationships",
        PartnerCustomerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/PreviewRemoval",
        PartnerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/GetWording",
        AnyTenantOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/RemoveRelationship",
        Partner,
    ),
    (
        "relationship.v1.RelationshipService/EndRelationship",
        Customer,
    ),
    (
        "relationship.v1.RelationshipService/GetDelegatedPrivilege",
        PartnerCustomerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/ListDelegatedPrivileges",
        PartnerCustomerOrOperator,
    ),
    (
        "relationship.v1.RelationshipService/TerminateDelegatedPrivilege",
        PartnerOrCustomer,
    ),
    ("relationship.v1.AccessService/CheckAccess", Access),
    ("relationship.v1.AccessService/BatchCheckAccess", Access),
    ("relationship.v1.AccessService/ListAccess", Access),
    (
        "relationship.v1.AccessService/WatchRelationships",
        PartnerOperatorOrService,
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
