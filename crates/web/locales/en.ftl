# What the pages say in English. A new language is a new file beside this one with the same messages.

product = partner-connect
language-name = English
skip = Skip to the content
navigation = Pages
development = For development: anybody on this machine signs in as anybody, without a password.
trace-id = Trace id:
go-on = Go on
next-page = Next page
search = Search
show = Show
save = Save
leave-it = Leave as it is
keep-it = Keep it
to-the-start = To the first page

## A time. In UTC, unless a script puts it into the reader's zone.

moment = { $day } { $month } { $year }, { $clock } UTC
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec

## Signing in and out.

welcome = Welcome
welcome-customers = Customers answer invitations of partners here, and see and end what partners may do for them.
welcome-partners = Partners invite customers here, and work for those that have accepted.
sign-in = Sign in
sign-out = Sign out
sign-in-as-another = Sign in as somebody else
switch = Sign in as somebody else
signed-in-as = You are signed in as
sign-out-and-switch = Sign out, then sign in again
signing-out = Signing out
signing-out-at-provider = You are signed out here. Your organisation’s sign-in is asked to end its session as well.
provider-keeps-session = You are signed out here. Your organisation’s sign-in does not answer: its own session may go on.
signed-out = Signed out
signed-out-here = You are signed out. Close the browser if others use this device.
organizations = Your organisations
choose-organization = Choose an organisation
choose-organization-of = You belong to several organisations. For which one do you act now?
change-organization = Change organisation

## The areas and their pages.

reach = Who can reach us
consents = What we answered
customers = Customers
invitations = Invitations
providers = Indirect providers
resellers = Indirect resellers
notices = Notices
enrollment = Enrolment
as-customer = As a customer
as-partner = As a partner

## An invitation, as its customer answers it.

invited = You are invited to work with a partner
invited-sign-in = Sign in with your organisation’s account to read who asks for what. A Global admin of your organisation answers.
invited-nothing-yet = Nothing has been accepted, and opening this page changes nothing. If you did not expect an invitation, you need not do anything.
invitation = Invitation
asked-alone = This partner asks your organisation for a reseller relationship:
asked-joint = These partners ask your organisation for a relationship with each. You accept both or neither:
role-reseller = Indirect reseller
role-provider = Indirect provider
privileges = Delegated admin privileges
privileges-last = { $days ->
    [0] What the reseller manages for you it manages by privileges that have no end date:
    [one] What the reseller manages for you it manages by privileges that end one day after your acceptance takes effect:
   *[other] What the reseller manages for you it manages by privileges that end { $days } days after your acceptance takes effect:
}
valid-until = Valid until
consent = What you consent to
your-answer = Your answer
accept = Accept
accept-as = You accept for
decline = Decline
decline-instead = Decline instead
your-organization = Your organisation
account-is-opened = Your organisation has no account yet. Accepting opens one with this, for:
choose-country = Choose a country
cannot-be-answered = This invitation cannot be answered
not-for-you = There is no such invitation, or it is meant for somebody else than you.
being-established = Received
being-established-said = Your acceptance has been received and is being established. You need not do anything: this page says when it is done.
established = Done
established-said = Your acceptance is complete: everything that you accepted is established.
refused = Not established
refused-said = Your acceptance was refused, and nothing was established. Ask the partner that invited you for a new invitation.
who = Who
to-reach = Who can reach us

## Who can reach the customer.

waiting = Invitations that wait for your answer
read-invitation = Read and answer
partners-that-reach = Partners
none-reach = No partner can reach your organisation. When a partner sends you an invitation, open its link to answer.
basis-ACCESS_BASIS_RELATIONSHIP = By a relationship
basis-ACCESS_BASIS_RESIDUAL_PRIVILEGES = The relationship is over; these privileges still stand
since = Since
until = Until
no-end = No end date
origin = Began with
origin-invitation = an invitation
origin-import = business that existed before
privilege = Delegated admin privilege
end-relationship = End the relationship
end-relationship-means = The partner may do nothing for your organisation any more, from that moment on, and is told so. Privileges that it has stay until you end them or they expire. A relationship never comes back: working together again takes a new invitation.
end-privilege = End the privilege
end-privilege-means = The partner may not do this any more, from that moment on. The relationship stays.
partner = Partner
customer = Customer
relationship = Relationship

## What the customer has answered.

accepted = Accepted
declined = Declined
ended = Relationships that are over
none-accepted = Nothing has been accepted yet.
none-declined = Nothing has been declined.
none-ended = No relationship has ended.
state = State
accepted-at = Accepted at
declined-at = Declined at
declined-by = Declined by
established-at = Established at
ended-at = Ended at
ended-by = Ended by
by-the-partner = the partner
read-consent = Read what was consented to
consented-at = Consented at
consented-by = Consented by
wording = Wording
hash = SHA-256 of the text

## A partner's customers and their records.

request-relationship = Request a reseller relationship
no-customers = You have no customers yet. Invite one: a customer is listed here once it has accepted.
none-found = No customer fits.
all-customers = Show all
record = Record
open-record = Show the record
close-record = Hide the record
to-account = Account page
account = Account
subscriptions = Subscriptions
users = Users
licenses = Licences
not-readable = This cannot be read at the moment. Try again later.
none-there = None.
first-only = Only the first of them are shown.
licenses-of = { $assigned } of { $quantity } licences assigned
removed-at = removed
withdrawn-at = withdrawn
manage = Manage
no-privilege = Your organisation has no privilege to manage this customer. You see its record.
change-account = Change the account
change-subscription = Change the subscription
suspend = Suspend
resume = Resume
add-user = Add a user
remove-user = Remove a user
assign-license = Assign a licence
withdraw-license = Withdraw a licence
order = Order
order-new = Order a new subscription
order-more = Order more licences
orders = Orders
remove-relationship = Remove customer relationship

## Removing a relationship.

what-follows = What follows
leaves-the-list = The customer leaves your list of customers at once. Nobody is told.
no-privileges-stay = No delegated admin privileges remain.
privileges-stay = These delegated admin privileges stay as they are, until they end or are ended:
subscriptions-not-known = The customer’s active subscriptions cannot be read at the moment.
subscriptions-stay = The customer has these active subscriptions:
attestation = What you attest
attest = I attest, for my organisation:
attest-good_faith = that we remove the relationship in good faith
attest-legitimate_business_purpose = that we have a legitimate business purpose
attest-in_line_with_agreement = that it is in line with our agreement with the customer or partner
attest-hold_harmless = that we hold the programme and its operator harmless

## Inviting.

invite-new-customers = Invite new customers
request-relationship-means = You get an email with a link, to be sent from your own mailbox. Whoever accepts it becomes your customer.
invite-new-customers-means = You get an email with a link, to be sent from your own mailbox. Whoever accepts it becomes your customer and the provider’s, by one acceptance.
one-binding = Say whom the invitation is for in one way only: by an email address, a customer’s id, or a domain.
make-invitation = Make the invitation
invite-all-the-same = Invite all the same
no-provider = None: only a relationship with us
more-choices = More choices
to-that-invitation = To that invitation
warning-WARNING_REASON_CUSTOMER_RELATED = This customer has a relationship with your organisation already.
warning-WARNING_REASON_OPEN_INVITATION = There is an open invitation of the same partners to this customer already.
every-state = Every state
no-invitations = No invitation is here. Make one: it stays listed whatever becomes of it.
open-invitation = Open
all-invitations = All invitations
invitation-alone = Reseller relationship
invitation-joint = Reseller relationship, with an indirect provider
made-at = Made at
bound-to = For
bound-to-nobody = whoever has the link
decline-reason = Why it was declined
draft = Draft of the email
draft-means = Edit the text as you like, but leave the link as it is, alone on its line. Then send it from your own mailbox.
copy = Copy
copy-by-hand = To copy it without the button, select the text.
open-in-mail = Open in mail
download-eml = Download as .eml
mail-is-shortened = Mail programs take only a short text from here: the lists are left out. The file has all of it.
done = Done
done-means = Done keeps the text as it stands, once you have sent it: it cannot be edited after that. Opening and downloading take what was saved last.
resend = Make a new link
resend-means = The link before stops working, and you get the email with a new one.
revoke = Revoke
revoke-means = The link stops working, and nobody can accept any more.

## Partnerships, enrolment and notices.

no-providers = You work with no indirect provider yet. Propose a partnership to one.
no-resellers = You work with no indirect reseller yet. Propose a partnership to one.
propose-to-provider = Propose a partnership to an indirect provider
propose-to-reseller = Propose a partnership to an indirect reseller
propose = Propose
accept-partnership = Accept the partnership
end-partnership = End the partnership
withdraw-proposal = Withdraw the proposal
turn-down-proposal = Turn down the proposal
end-partnership-means = Invitations that were made under it cannot be accepted any more. Relationships with customers stay. It never comes back: working together again takes a new one. The other partner is told.
ask-for-enrollment = Take part in the programme
enrollment-means = Your organisation takes part either as an indirect reseller or as an indirect provider, and stays what it is.
enroll = Ask for enrolment
to-enrollment = To the enrolment
rename = Change the name
withdraw-enrollment = Withdraw the enrolment
existing-customers = Existing customers
imported = Imported
kept = Known already
skipped = Passed over
no-notices = Nothing has happened yet. What becomes of your invitations and partnerships is told here.

## Fields and what helps to fill them in.

field-display_name = Name
field-country = Country
field-domain = Domain
field-reason = Reason (optional)
field-name = Name begins with
field-state = State
field-correlation_id = Your own reference
field-language = Language of the email
field-provider = Indirect provider
field-bound_email = Customer’s email address (optional)
field-bound_customer = Customer’s id
field-bound_email_domain = Domain of the customer’s email addresses
field-message = A personal message (optional)
field-lifetime_days = Days that the link lives
field-privilege_lifetime_days = Days that privileges last
field-subject = Subject
field-text = Text
field-corrected_email = Another email address (optional)
field-partner = The partner’s id
field-kind = As
field-new_display_name = Name
field-subscription_name = Name of the subscription
field-renewal = Renewal
field-transition = State
field-user_name = Name of the user
field-sign_in_name = Sign-in name
field-user = User
field-license = Licence
field-license_user = User
field-license_subscription = Subscription
field-offer = Offer
field-new_name = Name of the subscription
field-new_quantity = Licences
field-new_renewal = Renewal
field-more_of = Subscription
field-more_quantity = More licences
field-quantity = Licences
field-subscription = Subscription
hint-bound_email = Only who signs in with this address can accept then. Without it, whoever has the link can.
hint-bound_customer = Instead of an email address: only this organisation can accept.
hint-bound_email_domain = Instead of an email address: only who signs in with an address of this domain can accept.
hint-lifetime_days = 1 to 90; 30 if you leave it empty.
hint-privilege_lifetime_days = 1 to 730; no end if you leave it empty.
hint-correlation_id = Never shown to the customer.
hint-domain = Such as adatum.example
hint-offer = The id of the offer in the catalogue

## Permissions.

may-PERMISSION_MANAGE_ACCOUNT = manage the account
may-PERMISSION_MANAGE_SUBSCRIPTIONS = manage services (subscriptions)
may-PERMISSION_MANAGE_LICENSES = manage licences
may-PERMISSION_MANAGE_USERS = manage users
may-PERMISSION_SUBMIT_ORDERS = order: new subscriptions, and more licences on existing ones
may-PERMISSION_VIEW_RECORD = view the record: account, services (subscriptions), users and licences

## States and kinds.

state-INVITATION_STATE_OPEN = Open
state-INVITATION_STATE_CLAIMED = Accepted, being established
state-INVITATION_STATE_ACCEPTED = Accepted
state-INVITATION_STATE_VOID = Acceptance refused
state-INVITATION_STATE_DECLINED = Declined
state-INVITATION_STATE_REVOKED = Revoked
state-INVITATION_STATE_EXPIRED = Expired
next-INVITATION_STATE_OPEN = Send it, make a new link, or revoke it.
next-INVITATION_STATE_CLAIMED = You need not do anything.
next-INVITATION_STATE_ACCEPTED = The customer is in your list.
next-INVITATION_STATE_VOID = Invite the customer again once what hindered it is over.
next-INVITATION_STATE_DECLINED = You can invite again, with a new invitation.
next-INVITATION_STATE_REVOKED = You can invite again, with a new invitation.
next-INVITATION_STATE_EXPIRED = Make a new link to send it again.
state-ACCEPTANCE_STATE_CLAIMED = Being established
state-ACCEPTANCE_STATE_ESTABLISHED = Established
state-ACCEPTANCE_STATE_VOID = Refused
state-PARTNERSHIP_STATE_PROPOSED = Proposed
state-PARTNERSHIP_STATE_ACTIVE = Active
state-PARTNERSHIP_STATE_ENDED = Ended
state-PARTNER_STATE_PENDING = Waits for a decision, or for existing customers
state-PARTNER_STATE_ACTIVE = Active
state-PARTNER_STATE_FAILED = Not enrolled
state-PARTNER_STATE_SUSPENDED = Suspended
state-IMPORT_STATE_RUNNING = Being imported
state-IMPORT_STATE_WAITING = Waits for the other portals
state-IMPORT_STATE_COMPLETE = Complete
state-IMPORT_STATE_FAILED = Failed
state-SUBSCRIPTION_STATE_ACTIVE = active
state-SUBSCRIPTION_STATE_SUSPENDED = suspended
kind-PARTNER_KIND_INDIRECT_RESELLER = Indirect reseller
kind-PARTNER_KIND_INDIRECT_PROVIDER = Indirect provider
renewal-RENEWAL_AUTOMATIC = renews by itself
renewal-RENEWAL_OFF = ends by itself
order-ORDER_KIND_NEW_SUBSCRIPTION = New subscription
order-ORDER_KIND_MORE_LICENSES = More licences
notice-NOTICE_KIND_INVITATION_ACCEPTED = Invitation accepted
notice-NOTICE_KIND_INVITATION_DECLINED = Invitation declined
notice-NOTICE_KIND_INVITATION_EXPIRED = Invitation expired
notice-NOTICE_KIND_INVITATION_VOID = Acceptance refused
notice-NOTICE_KIND_PARTNERSHIP_PROPOSED = Partnership proposed
notice-NOTICE_KIND_PARTNERSHIP_ACCEPTED = Partnership accepted
notice-NOTICE_KIND_PARTNERSHIP_ENDED = Partnership ended
notice-NOTICE_KIND_ENROLLMENT_DECIDED = Enrolment decided
notice-NOTICE_KIND_RELATIONSHIP_ENDED = Relationship ended

## What was done just now.

done-declined = The invitation is declined, and the partner is told.
done-relationship-ended = The relationship is over.
done-privilege-ended = The privilege is ended.
done-removed = The relationship is removed. You can add a new customer, or invite this one again.
done-saved = Saved.
done-ordered = The order is placed.
done-user-added = The user is added.
done-user-removed = The user is removed.
done-license-assigned = The licence is assigned.
done-license-withdrawn = The licence is withdrawn.
done-proposed = The partnership is proposed, and the other partner is told.
done-partnership-accepted = The partnership is active.
done-partnership-ended = The partnership is over.

## Why a page cannot be shown, and what to do.

problem-unexpected = Something happened that should not.
wrong-fields = These fields are not filled in as they must be:
problem-sign-in-needed-title = Please sign in
problem-sign-in-needed = Nobody is signed in here, or the session is over. Sign in, then repeat what you did.
problem-organization-needed-title = For which organisation?
problem-organization-needed = You belong to several organisations. Choose the one that you act for.
problem-no-organization-title = You act for no organisation
problem-no-organization = These pages are for people of a customer or a partner. Operations staff work with the API.
problem-global-admin-needed-title = This takes a Global admin
problem-global-admin-needed = Only a Global admin of your organisation may do this. Who administers your organisation’s accounts gives that role.
problem-admin-agent-needed-title = This takes an Admin agent
problem-admin-agent-needed = Only an Admin agent or a Global admin of your organisation may do this. A Global admin of your organisation gives that role.
problem-not-enrolled-title = Your organisation is no partner yet
problem-not-enrolled = Ask for its enrolment first.
problem-refused-title = This was refused
problem-refused = Nothing was changed. Go back, and try again if that helps.
problem-away-title = Not available at the moment
problem-away = Try again in a moment. Nothing is done twice.
problem-failed-title = Something went wrong
problem-failed = It has been noted. Try again; if it happens again, tell whoever operates this system, with the trace id.
problem-not-found-title = There is no such page
problem-not-found = Or it is not yours to see.
problem-other-session-title = Somebody else has signed in
problem-other-session = This form is from another session than the one that this browser has now. Nothing was changed. Load the page again.
problem-other-site-title = This did not come from here
problem-other-site = The form was sent by another site. Nothing was changed. Begin again on these pages.
problem-other-host-title = Another address
problem-other-host = These pages have another address.
problem-too-large-title = Too much text
problem-too-large = Nothing was changed. Go back and shorten it.
problem-too-slow-title = It did not arrive in time
problem-too-slow = Nothing was changed. Send it again.
problem-unreadable-title = This cannot be read
problem-unreadable = Nothing was changed. Load the page again, and fill it in once more.
problem-provider-away-title = The sign-in does not answer
problem-provider-away = Your organisation’s sign-in cannot be reached at the moment. Try again in a moment.
problem-sign-in-unknown-title = This sign-in is over
problem-sign-in-unknown = It was begun in another browser, or too long ago, or has been used. Sign in again.
problem-sign-in-refused-title = You were not signed in
problem-sign-in-refused = Your organisation’s sign-in has refused, or was left. Sign in again.
