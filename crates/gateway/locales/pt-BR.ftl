# O que um link mostra quando alguém o abre em um navegador.
acceptance-page =
    Você recebeu um convite para se conectar com um parceiro.

    Abrir esta página não altera nada, e nada foi aceito. Ainda não há um formulário aqui: até que haja, um Administrador global da sua organização responde por gRPC, no endereço com que este link começa.

    1. Veja quem pede o quê:
       partnerconnect.invitation.v1.InvitationService/InspectInvitation
       com o link inteiro em "link".

    2. Aceite ou recuse:
       partnerconnect.invitation.v1.InvitationService/AcceptInvitation
       partnerconnect.invitation.v1.InvitationService/DeclineInvitation
       com o mesmo link; para aceitar, também com o id e o idioma do texto que o passo 1 respondeu.

    Toda chamada precisa de um token de acesso da sua organização. O servidor descreve esses métodos por reflexão gRPC.

    Se você não esperava este convite, não precisa fazer nada.
