# O que o gateway diz em português do Brasil: o motivo de uma recusa.

## Por que uma chamada foi recusada, no idioma de quem chamou: um texto para cada motivo (`ErrorReason`) de cada pacote.
## Todo texto pode usar $reason, $fields e $state.

refusal-other = Isto foi recusado ({ $reason }).

# O que todo serviço pode responder.
platform-INVALID_FIELDS = Estes campos não estão preenchidos como devem: { $fields }.
platform-NOT_FOUND = Isso não existe aqui, ou não cabe a você ver.
platform-REQUEST_ID_REUSED = Este identificador de solicitação já foi usado para outra coisa. Use um novo.
platform-ETAG_MISMATCH = Isto mudou desde que você o leu. Leia de novo e repita o que fez.
platform-TOKEN_MISSING = Entre com a sua conta primeiro.
platform-TOKEN_INVALID = O seu acesso não é válido aqui, ou deixou de ser. Entre com a sua conta novamente.
platform-CALLER_NOT_ALLOWED = A sua função não permite isto. Fale com um Administrador global da sua organização.
platform-OVERLOADED = Há solicitações demais no momento. Tente de novo em instantes.
platform-DEADLINE_EXCEEDED = Isto demorou demais. Mesmo assim, pode ter sido feito: confira, ou repita.
platform-UNAVAILABLE = Isto está fora de alcance no momento. Tente de novo; nada é feito duas vezes.
platform-INTERNAL = Algo deu errado do nosso lado, e foi registrado.
platform-PEER_NOT_ALLOWED = Só determinados serviços deste sistema podem fazer isto.
platform-METHOD_UNKNOWN = Essa função não existe.
platform-REQUEST_TOO_LARGE = A solicitação é grande demais.
platform-TRY_AGAIN = Outra pessoa alterou isto no mesmo momento, e nada do que você pediu foi feito. Repita.
platform-METADATA_TOO_LARGE = Os cabeçalhos da solicitação, entre eles o token, são grandes demais.
platform-PEER_TOKEN_INVALID = O serviço que faz a chamada não provou o que é.
platform-REQUEST_TOO_SLOW = A solicitação não chegou a tempo, e nada foi feito. Envie de novo.
platform-ORGANIZATION_REQUIRED = Você pertence a várias organizações. Escolha aquela em nome da qual age.
platform-ORGANIZATION_NOT_ASSERTED = Você não pertence à organização em nome da qual quer agir. Escolha uma das suas.

# Convites e o seu aceite.
invitation-INVITATION_STATE =
    Isto não pode mais ser feito com o convite. { $state ->
        [OPEN] A edição do rascunho foi concluída; reenvie o convite para editá-lo de novo.
        [CLAIMED] Um cliente o aceitou, e o aceite está sendo efetivado.
        [ACCEPTED] Um cliente o aceitou.
        [VOID] O aceite foi recusado.
        [DECLINED] O cliente o recusou.
        [REVOKED] Ele foi revogado.
        [EXPIRED] Ele expirou; você pode reenviá-lo.
       *[other] Leia o convite de novo.
    }
invitation-SUPERSEDED = Este link foi substituído por um mais novo. Peça-o ao parceiro.
invitation-EXPIRED = Este link expirou. Peça ao parceiro que o envie de novo.
invitation-REVOKED = O parceiro revogou este convite.
invitation-DECLINED = Este convite foi recusado.
invitation-ALREADY_USED = Este link já foi usado.
invitation-VOID = O aceite deste convite foi recusado, e nada foi estabelecido.
invitation-PARTY_CANNOT_ACCEPT = A sua organização é uma das que convidam: quem aceita tem de ser outra.
invitation-ACCOUNT_REQUIRED = A sua organização ainda não tem uma conta. Informe nome, país e domínio.
invitation-WORDING_NOT_CURRENT = O texto que você leu foi substituído por um mais novo. Leia-o e depois aceite.
invitation-PARTNERSHIP_ENDED = O aceite foi recusado, e nada foi estabelecido: os parceiros que convidam não trabalham mais juntos. Peça a eles um novo convite.
invitation-RESELLER_NOT_ACTIVE = O aceite foi recusado, e nada foi estabelecido: o revendedor não está ativo no programa no momento.
invitation-PROVIDER_NOT_ACTIVE = O aceite foi recusado, e nada foi estabelecido: o provedor não está ativo no programa no momento.
invitation-DAILY_QUOTA = A sua organização já fez hoje todos os convites que pode fazer. Continue amanhã.
invitation-OPEN_QUOTA = A sua organização já tem todos os convites em aberto que pode ter. Revogue alguns, ou espere as respostas.
invitation-RESEND_QUOTA = Este convite já foi reenviado hoje todas as vezes que podia. Continue amanhã.
invitation-WRONG_LINKS = Você apresentou links inválidos demais. Tente de novo mais tarde.
invitation-NOT_BOUND_TO_ADDRESS = Este convite não está vinculado a um endereço de e-mail, portanto não há o que corrigir. Revogue-o e convide novamente.

# Parceiros, parcerias, relações e privilégios.
relationship-ENROLLMENT_STATE =
    A inscrição, como está, não permite isto. { $state ->
        [PENDING] Ela ainda não foi decidida.
        [IMPORTING] Ela foi aprovada, e os clientes existentes estão sendo importados.
        [ACTIVE] Ela está ativa.
        [FAILED] Ela foi rejeitada, retirada ou não foi concluída.
        [SUSPENDED] Ela está suspensa.
       *[other] Leia a inscrição de novo.
    }
relationship-KIND_FIXED = Um parceiro é revendedor ou provedor, e continua sendo o que é.
relationship-PARTNER_NOT_ACTIVE = Um dos dois parceiros não está ativo no programa no momento.
relationship-PARTNERSHIP_EXISTS = Já existe uma parceria entre os dois, proposta ou ativa.
relationship-SAME_KIND = Uma parceria une um revendedor e um provedor, não dois do mesmo tipo.
relationship-PARTNERSHIP_STATE =
    A parceria, como está, não permite isto. { $state ->
        [PROPOSED] Ela ainda não foi aceita.
        [ACTIVE] Ela está ativa.
        [ENDED] Ela foi encerrada.
       *[other] Leia a parceria de novo.
    }
relationship-OWN_PROPOSAL = A sua organização propôs esta parceria: quem a aceita é o outro lado.
relationship-RESELLER_REQUIRED = Só revendedores indiretos convidam clientes.
relationship-PARTNERSHIP_REQUIRED = A sua organização não tem uma parceria ativa com este provedor.
relationship-RELATIONSHIP_STATE = Esta relação já foi encerrada.
relationship-PRIVILEGE_STATE = Este privilégio já foi encerrado.
relationship-ATTESTATION_INCOMPLETE = Cada um dos quatro pontos precisa ser atestado.
relationship-WORDING_NOT_CURRENT = O texto que você leu foi substituído por um mais novo. Leia-o e depois confirme.
relationship-RELATIONSHIP_REQUIRED = A sua organização não tem uma relação ativa com este cliente. Convide-o primeiro.
relationship-PRIVILEGE_REQUIRED = A sua organização tem uma relação com este cliente, mas nenhum privilégio que permita isto.
relationship-PARTNER_SUSPENDED = O parceiro está suspenso do programa no momento.
relationship-PARTNER_NOT_ENROLLED = O parceiro não está inscrito no programa, ou ainda não está.
relationship-NOT_FOR_THIS_KIND = Parceiros deste tipo nunca podem fazer isto.
relationship-CUSTOMER_UNKNOWN = Esse cliente não existe.
relationship-RESUME_TOKEN_EXPIRED = O que aconteceu desde então não está mais guardado. Recomece do início.
relationship-WATCHERS_LIMIT = Há observadores demais no momento. Tente de novo em instantes.
relationship-PROPOSAL_QUOTA = A sua organização já propôs hoje todas as parcerias que pode propor. Continue amanhã.

# Rascunhos.
notification-LINK_MISSING = O texto precisa do link do convite exatamente como ele é, sozinho na sua linha.
notification-FOREIGN_LINK = O texto contém outro link de convite. Só o próprio pode estar ali, e uma vez.

# O que os clientes têm, como os outros portais o guardam.
customer-SUBSCRIPTION_STATE = A assinatura não está em um estado que permita isto.
customer-QUANTITY_LIMIT = Uma assinatura não pode ter tantas licenças.
customer-LICENSES_EXHAUSTED = Todas as licenças da assinatura estão atribuídas. Peça mais, ou retire uma.
customer-LICENSE_ASSIGNED = O usuário já tem uma licença desta assinatura.
customer-LICENSE_WITHDRAWN = Esta licença já foi retirada.
customer-SIGN_IN_NAME_TAKEN = Outro usuário já entra com este nome.
customer-USER_REMOVED = Este usuário já foi removido.
customer-PARTNER_REFUSED = Os outros portais se recusam a informar os clientes deste parceiro.
