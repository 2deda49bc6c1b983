# What a link says when somebody opens it in a browser.
acceptance-page =
    You have been invited to connect with a partner.

    Opening this page changes nothing, and nothing has been accepted. There is no form here yet: until there is, a Global admin of your organisation answers over gRPC, at the address that this link begins with.

    1. See who asks for what:
       partnerconnect.invitation.v1.InvitationService/InspectInvitation
       with the whole link as "link".

    2. Accept, or decline:
       partnerconnect.invitation.v1.InvitationService/AcceptInvitation
       partnerconnect.invitation.v1.InvitationService/DeclineInvitation
       with the same link; to accept, also with the id and the language of the wording that step 1 answered.

    Every call needs an access token of your organisation. The server describes these methods by gRPC reflection.

    If you did not expect this invitation, you need not do anything.
