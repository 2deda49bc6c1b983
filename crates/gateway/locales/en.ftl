# What the gateway says in English: why a call was refused.

## Why a call was refused, in the words of whoever called: one text for each reason (`ErrorReason`) of each package.
## Every text may use $reason, $fields and $state.

refusal-other = This was refused ({ $reason }).

# What every service may answer.
platform-INVALID_FIELDS = These fields are not filled in as they must be: { $fields }.
platform-NOT_FOUND = There is no such thing here, or it is not yours to see.
platform-REQUEST_ID_REUSED = This request id was used before, for something else. Please use a new one.
platform-ETAG_MISMATCH = This has changed since you read it. Please read it again, then repeat what you did.
platform-TOKEN_MISSING = Please sign in first.
platform-TOKEN_INVALID = Your sign-in is not valid here, or not any more. Please sign in again.
platform-CALLER_NOT_ALLOWED = Your role does not allow this. Ask a Global admin of your organisation.
platform-OVERLOADED = Too much is going on at the moment. Please try again shortly.
platform-DEADLINE_EXCEEDED = This took too long. It may have been done all the same: look, or repeat it.
platform-UNAVAILABLE = This cannot be reached at the moment. Please try again; nothing is done twice.
platform-INTERNAL = Something went wrong on our side, and has been noted.
platform-PEER_NOT_ALLOWED = Only certain services of this system may do this.
platform-METHOD_UNKNOWN = There is no such function.
platform-REQUEST_TOO_LARGE = The request is too large.
platform-TRY_AGAIN = Somebody else changed this at the same moment, and nothing of yours was done. Please repeat it.
platform-METADATA_TOO_LARGE = The headers of the request are too large, its token among them.
platform-PEER_TOKEN_INVALID = The service that calls has not proved what it is.
platform-REQUEST_TOO_SLOW = The request did not arrive in time, and nothing was done. Please send it again.
platform-ORGANIZATION_REQUIRED = You belong to several organisations. Please choose the one that you act for.
platform-ORGANIZATION_NOT_ASSERTED = You do not belong to the organisation that you want to act for. Please choose one of yours.

# Invitations and their acceptance.
invitation-INVITATION_STATE =
    This cannot be done with the invitation any more. { $state ->
        [OPEN] Its drafting is finished; resend it to edit it again.
        [CLAIMED] A customer has accepted it, and it is being established.
        [ACCEPTED] A customer has accepted it.
        [VOID] Its acceptance was refused.
        [DECLINED] The customer has declined it.
        [REVOKED] It has been revoked.
        [EXPIRED] It has expired; you can resend it.
       *[other] Please read it again.
    }
invitation-SUPERSEDED = This link was replaced by a newer one. Ask the partner for it.
invitation-EXPIRED = This link has expired. Ask the partner to send it again.
invitation-REVOKED = The partner has revoked this invitation.
invitation-DECLINED = This invitation has been declined.
invitation-ALREADY_USED = This link has been used already.
invitation-VOID = The acceptance of this invitation was refused, and nothing was established.
invitation-PARTY_CANNOT_ACCEPT = Your organisation is one of those that invite: another one has to accept.
invitation-ACCOUNT_REQUIRED = Your organisation has no account yet. Please give its name, country and domain.
invitation-WORDING_NOT_CURRENT = What you have read has been replaced by a newer text. Please read that one, then accept.
invitation-PARTNERSHIP_ENDED = The acceptance was refused, and nothing was established: the partners that invite do not work together any more. Ask them for a new invitation.
invitation-RESELLER_NOT_ACTIVE = The acceptance was refused, and nothing was established: the reseller is not active in the programme at present.
invitation-PROVIDER_NOT_ACTIVE = The acceptance was refused, and nothing was established: the provider is not active in the programme at present.
invitation-DAILY_QUOTA = Your organisation has made as many invitations today as it may. Please go on tomorrow.
invitation-OPEN_QUOTA = Your organisation has as many open invitations as it may. Revoke some, or wait for their answers.
invitation-RESEND_QUOTA = This invitation was sent again as often today as it may be. Please go on tomorrow.
invitation-WRONG_LINKS = You have shown too many links that are not valid. Please try again later.
invitation-NOT_BOUND_TO_ADDRESS = This invitation is not bound to an email address, so there is none to correct. Revoke it and invite again.

# Partners, partnerships, relationships and privileges.
relationship-ENROLLMENT_STATE =
    The enrolment does not allow this as it stands. { $state ->
        [PENDING] It has not been decided yet.
        [IMPORTING] It was approved, and the existing customers are being imported.
        [ACTIVE] It is active.
        [FAILED] It was rejected, withdrawn or not completed.
        [SUSPENDED] It is suspended.
       *[other] Please read it again.
    }
relationship-KIND_FIXED = A partner is either a reseller or a provider, and stays what it is.
relationship-PARTNER_NOT_ACTIVE = One of the two partners is not active in the programme at present.
relationship-PARTNERSHIP_EXISTS = There is a partnership of these two already, proposed or active.
relationship-SAME_KIND = A partnership connects a reseller with a provider, not two of the same kind.
relationship-PARTNERSHIP_STATE =
    The partnership does not allow this as it stands. { $state ->
        [PROPOSED] It has not been accepted yet.
        [ACTIVE] It is active.
        [ENDED] It has ended.
       *[other] Please read it again.
    }
relationship-OWN_PROPOSAL = Your organisation has proposed this partnership: the other side accepts it.
relationship-RESELLER_REQUIRED = Only indirect resellers invite customers.
relationship-PARTNERSHIP_REQUIRED = Your organisation has no active partnership with this provider.
relationship-RELATIONSHIP_STATE = This relationship has ended already.
relationship-PRIVILEGE_STATE = This privilege has ended already.
relationship-ATTESTATION_INCOMPLETE = Each of the four points has to be attested.
relationship-WORDING_NOT_CURRENT = What you have read has been replaced by a newer text. Please read that one, then confirm.
relationship-RELATIONSHIP_REQUIRED = Your organisation has no active relationship with this customer. Invite it first.
relationship-PRIVILEGE_REQUIRED = Your organisation has a relationship with this customer, but no privilege that allows this.
relationship-PARTNER_SUSPENDED = The partner is suspended from the programme at present.
relationship-PARTNER_NOT_ENROLLED = The partner is not enrolled in the programme, or not yet.
relationship-NOT_FOR_THIS_KIND = Partners of this kind may never do this.
relationship-CUSTOMER_UNKNOWN = There is no such customer.
relationship-RESUME_TOKEN_EXPIRED = What happened since is not kept any more. Start again from the beginning.
relationship-WATCHERS_LIMIT = Too many are watching at the moment. Please try again shortly.
relationship-PROPOSAL_QUOTA = Your organisation has proposed as many partnerships today as it may. Please go on tomorrow.

# Drafts.
notification-LINK_MISSING = The text needs the link of the invitation exactly as it is, alone on its line.
notification-FOREIGN_LINK = The text holds another link of an invitation. Only its own may stand there, and once.

# What customers have, as the other portals keep it.
customer-SUBSCRIPTION_STATE = The subscription is not in a state that allows this.
customer-QUANTITY_LIMIT = A subscription cannot have that many licences.
customer-LICENSES_EXHAUSTED = Every licence of the subscription is assigned. Order more, or withdraw one.
customer-LICENSE_ASSIGNED = The user has a licence of this subscription already.
customer-LICENSE_WITHDRAWN = This licence has been withdrawn already.
customer-SIGN_IN_NAME_TAKEN = Another user signs in with this name already.
customer-USER_REMOVED = This user has been removed already.
customer-PARTNER_REFUSED = The other portals refuse to tell of this partner’s customers.
