# O que as páginas dizem em português do Brasil. As mesmas mensagens que em en.ftl.

product = partner-connect
language-name = Português (Brasil)
skip = Ir para o conteúdo
navigation = Páginas
development = Para desenvolvimento: qualquer pessoa nesta máquina entra como qualquer outra, sem senha.
trace-id = Id do rastreamento:
go-on = Continuar
next-page = Próxima página
search = Pesquisar
show = Mostrar
save = Salvar
leave-it = Deixar como está
keep-it = Manter
to-the-start = Para a primeira página

## Um momento. Em UTC, a não ser que um script o ponha no fuso de quem lê.

moment = { $day } de { $month } de { $year }, { $clock } UTC
month-1 = jan.
month-2 = fev.
month-3 = mar.
month-4 = abr.
month-5 = mai.
month-6 = jun.
month-7 = jul.
month-8 = ago.
month-9 = set.
month-10 = out.
month-11 = nov.
month-12 = dez.

## Entrar e sair.

welcome = Boas-vindas
welcome-customers = Aqui os clientes respondem a convites de parceiros, e veem e encerram o que os parceiros podem fazer por eles.
welcome-partners = Aqui os parceiros convidam clientes, e trabalham para os que aceitaram.
sign-in = Entrar
sign-out = Sair
sign-in-as-another = Entrar como outra pessoa
switch = Entrar como outra pessoa
signed-in-as = Você entrou como
sign-out-and-switch = Sair e entrar de novo
signing-out = Saindo
signing-out-at-provider = Você saiu daqui. Pedimos ao serviço de entrada da sua organização que encerre também a sessão dele.
provider-keeps-session = Você saiu daqui. O serviço de entrada da sua organização não responde: a sessão dele pode continuar.
signed-out = Você saiu
signed-out-here = Você saiu. Feche o navegador se outras pessoas usam este dispositivo.
organizations = Suas organizações
choose-organization = Escolher uma organização
choose-organization-of = Você pertence a várias organizações. Por qual delas você age agora?
change-organization = Mudar de organização

## As áreas e suas páginas.

reach = Quem tem acesso a nós
consents = O que respondemos
customers = Clientes
invitations = Convites
providers = Provedores indiretos
resellers = Revendedores indiretos
notices = Avisos
enrollment = Inscrição
as-customer = Como cliente
as-partner = Como parceiro

## Um convite, como o cliente o responde.

invited = Você recebeu um convite para trabalhar com um parceiro
invited-sign-in = Entre com a conta da sua organização para ler quem pede o quê. Quem responde é um Administrador global da sua organização.
invited-nothing-yet = Nada foi aceito, e abrir esta página não muda nada. Se você não esperava um convite, não precisa fazer nada.
invitation = Convite
asked-alone = Este parceiro pede à sua organização uma relação de revendedor:
asked-joint = Estes parceiros pedem à sua organização uma relação com cada um. Você aceita as duas ou nenhuma:
role-reseller = Revendedor indireto
role-provider = Provedor indireto
privileges = Privilégios de administração delegados
privileges-last = { $days ->
    [0] O que o revendedor gerencia para você, gerencia por privilégios sem data de término:
    [one] O que o revendedor gerencia para você, gerencia por privilégios que terminam um dia depois que o seu aceite passa a valer:
   *[other] O que o revendedor gerencia para você, gerencia por privilégios que terminam { $days } dias depois que o seu aceite passa a valer:
}
valid-until = Válido até
consent = Com o que você consente
your-answer = Sua resposta
accept = Aceitar
accept-as = Você aceita por
decline = Recusar
decline-instead = Prefiro recusar
your-organization = Sua organização
account-is-opened = Sua organização ainda não tem conta. Ao aceitar, abre-se uma com estes dados, para:
choose-country = Escolha um país
cannot-be-answered = Não é possível responder a este convite
not-for-you = Não existe tal convite, ou ele é para outra pessoa.
being-established = Recebido
being-established-said = Seu aceite foi recebido e está sendo efetivado. Você não precisa fazer nada: esta página avisa quando estiver pronto.
established = Pronto
established-said = Seu aceite está completo: tudo o que você aceitou está estabelecido.
refused = Não estabelecido
refused-said = Seu aceite foi recusado, e nada foi estabelecido. Peça um novo convite ao parceiro que convidou você.
who = Quem
to-reach = Quem tem acesso a nós

## Quem tem acesso ao cliente.

waiting = Convites que esperam a sua resposta
read-invitation = Ler e responder
partners-that-reach = Parceiros
none-reach = Nenhum parceiro tem acesso à sua organização. Quando um parceiro enviar um convite, abra o link para responder.
basis-ACCESS_BASIS_RELATIONSHIP = Por uma relação
basis-ACCESS_BASIS_RESIDUAL_PRIVILEGES = A relação terminou; estes privilégios ainda valem
since = Desde
until = Até
no-end = Sem data de término
origin = Começou com
origin-invitation = um convite
origin-import = negócios que já existiam
privilege = Privilégio de administração delegado
end-relationship = Encerrar a relação
end-relationship-means = A partir desse momento o parceiro não pode fazer mais nada pela sua organização, e é avisado disso. Os privilégios que ele tem ficam até que você os encerre ou eles terminem. Uma relação nunca volta: para trabalhar juntos de novo é preciso um novo convite.
end-privilege = Encerrar o privilégio
end-privilege-means = A partir desse momento o parceiro não pode mais fazer isto. A relação continua.
partner = Parceiro
customer = Cliente
relationship = Relação

## O que o cliente respondeu.

accepted = Aceitos
declined = Recusados
ended = Relações que terminaram
none-accepted = Nada foi aceito ainda.
none-declined = Nada foi recusado.
none-ended = Nenhuma relação terminou.
state = Estado
accepted-at = Aceito em
declined-at = Recusado em
declined-by = Recusado por
established-at = Estabelecida em
ended-at = Encerrada em
ended-by = Encerrada por
by-the-partner = o parceiro
read-consent = Ler o que foi consentido
consented-at = Consentido em
consented-by = Consentido por
wording = Redação
hash = SHA-256 do texto

## Os clientes de um parceiro e seus registros.

request-relationship = Solicitar uma relação de revendedor
no-customers = Você ainda não tem clientes. Convide um: um cliente aparece aqui quando aceita.
none-found = Nenhum cliente corresponde.
all-customers = Mostrar todos
record = Registro
open-record = Mostrar o registro
close-record = Ocultar o registro
to-account = Página da conta
account = Conta
subscriptions = Assinaturas
users = Usuários
licenses = Licenças
not-readable = Não é possível ler isto no momento. Tente mais tarde.
none-there = Nada.
first-only = Só os primeiros são mostrados.
licenses-of = { $assigned } de { $quantity } licenças atribuídas
removed-at = removido em
withdrawn-at = retirada em
manage = Gerenciar
no-privilege = Sua organização não tem privilégio para gerenciar este cliente. Você vê o registro dele.
change-account = Alterar a conta
change-subscription = Alterar a assinatura
suspend = Suspender
resume = Retomar
add-user = Adicionar um usuário
remove-user = Remover um usuário
assign-license = Atribuir uma licença
withdraw-license = Retirar uma licença
order = Pedir
order-new = Pedir uma nova assinatura
order-more = Pedir mais licenças
orders = Pedidos
remove-relationship = Remover a relação com o cliente

## Remover uma relação.

what-follows = O que acontece
leaves-the-list = O cliente sai da sua lista de clientes na hora. Ninguém é avisado.
no-privileges-stay = Não resta nenhum privilégio de administração delegado.
privileges-stay = Estes privilégios de administração delegados ficam como estão, até terminarem ou serem encerrados:
subscriptions-not-known = Não é possível ler as assinaturas ativas do cliente no momento.
subscriptions-stay = O cliente tem estas assinaturas ativas:
attestation = O que você atesta
attest = Atesto, pela minha organização:
attest-good_faith = que removemos a relação de boa-fé
attest-legitimate_business_purpose = que temos um propósito comercial legítimo
attest-in_line_with_agreement = que isso está de acordo com o nosso contrato com o cliente ou parceiro
attest-hold_harmless = que isentamos de responsabilidade o programa e quem o opera

## Convidar.

invite-new-customers = Convidar novos clientes
request-relationship-means = Você recebe um e-mail com um link, para enviar da sua própria caixa postal. Quem o aceita passa a ser seu cliente.
invite-new-customers-means = Você recebe um e-mail com um link, para enviar da sua própria caixa postal. Quem o aceita passa a ser cliente seu e do provedor, com um só aceite.
one-binding = Diga para quem é o convite de uma só forma: por um endereço de e-mail, o id de um cliente ou um domínio.
make-invitation = Criar o convite
invite-all-the-same = Convidar mesmo assim
no-provider = Nenhum: só uma relação conosco
more-choices = Mais opções
to-that-invitation = Ir para esse convite
warning-WARNING_REASON_CUSTOMER_RELATED = Este cliente já tem uma relação com a sua organização.
warning-WARNING_REASON_OPEN_INVITATION = Já existe um convite aberto dos mesmos parceiros para este cliente.
every-state = Todos os estados
no-invitations = Não há nenhum convite aqui. Crie um: ele fica na lista, aconteça o que acontecer.
open-invitation = Abrir
all-invitations = Todos os convites
invitation-alone = Relação de revendedor
invitation-joint = Relação de revendedor, com um provedor indireto
made-at = Criado em
bound-to = Para
bound-to-nobody = quem tiver o link
decline-reason = Por que foi recusado
draft = Rascunho do e-mail
draft-means = Edite o texto como quiser, mas deixe o link como está, sozinho na linha dele. Depois envie da sua própria caixa postal.
copy = Copiar
copy-by-hand = Para copiar sem o botão, selecione o texto.
open-in-mail = Abrir no e-mail
download-eml = Baixar como .eml
mail-is-shortened = Programas de e-mail só aceitam um texto curto daqui: as listas ficam de fora. O arquivo tem tudo.
done = Concluir
done-means = Concluir guarda o texto como está, depois de enviado: ele não pode mais ser editado. Abrir e baixar usam o que foi salvo por último.
resend = Criar um novo link
resend-means = O link anterior deixa de funcionar, e você recebe o e-mail com um novo.
revoke = Revogar
revoke-means = O link deixa de funcionar, e ninguém mais pode aceitar.

## Parcerias, inscrição e avisos.

no-providers = Você ainda não trabalha com nenhum provedor indireto. Proponha uma parceria a um.
no-resellers = Você ainda não trabalha com nenhum revendedor indireto. Proponha uma parceria a um.
propose-to-provider = Propor uma parceria a um provedor indireto
propose-to-reseller = Propor uma parceria a um revendedor indireto
propose = Propor
accept-partnership = Aceitar a parceria
end-partnership = Encerrar a parceria
withdraw-proposal = Retirar a proposta
turn-down-proposal = Rejeitar a proposta
end-partnership-means = Convites feitos sob ela não podem mais ser aceitos. As relações com clientes ficam. Ela nunca volta: para trabalhar juntos de novo é preciso uma nova. O outro parceiro é avisado.
ask-for-enrollment = Participar do programa
enrollment-means = Sua organização participa ou como revendedor indireto ou como provedor indireto, e continua o que é.
enroll = Pedir inscrição
to-enrollment = Para a inscrição
rename = Mudar o nome
withdraw-enrollment = Retirar a inscrição
existing-customers = Clientes existentes
imported = Importados
kept = Já conhecidos
skipped = Deixados de lado
no-notices = Nada aconteceu ainda. O que acontece com os seus convites e parcerias é avisado aqui.

## Campos e o que ajuda a preenchê-los.

field-display_name = Nome
field-country = País
field-domain = Domínio
field-reason = Motivo (opcional)
field-name = Nome começa com
field-state = Estado
field-correlation_id = Sua própria referência
field-language = Idioma do e-mail
field-provider = Provedor indireto
field-bound_email = Endereço de e-mail do cliente (opcional)
field-bound_customer = Id do cliente
field-bound_email_domain = Domínio dos endereços de e-mail do cliente
field-message = Uma mensagem pessoal (opcional)
field-lifetime_days = Dias que o link vale
field-privilege_lifetime_days = Dias que os privilégios duram
field-subject = Assunto
field-text = Texto
field-corrected_email = Outro endereço de e-mail (opcional)
field-partner = Id do parceiro
field-kind = Como
field-new_display_name = Nome
field-subscription_name = Nome da assinatura
field-renewal = Renovação
field-transition = Estado
field-user_name = Nome do usuário
field-sign_in_name = Nome de entrada
field-user = Usuário
field-license = Licença
field-license_user = Usuário
field-license_subscription = Assinatura
field-offer = Oferta
field-new_name = Nome da assinatura
field-new_quantity = Licenças
field-new_renewal = Renovação
field-more_of = Assinatura
field-more_quantity = Mais licenças
field-quantity = Licenças
field-subscription = Assinatura
hint-bound_email = Assim, só quem entra com este endereço pode aceitar. Sem ele, quem tiver o link pode.
hint-bound_customer = Em vez de um endereço de e-mail: só esta organização pode aceitar.
hint-bound_email_domain = Em vez de um endereço de e-mail: só quem entra com um endereço deste domínio pode aceitar.
hint-lifetime_days = De 1 a 90; 30 se ficar vazio.
hint-privilege_lifetime_days = De 1 a 730; sem término se ficar vazio.
hint-correlation_id = Nunca é mostrada ao cliente.
hint-domain = Por exemplo, adatum.example
hint-offer = O id da oferta no catálogo

## Permissões.

may-PERMISSION_MANAGE_ACCOUNT = gerenciar a conta
may-PERMISSION_MANAGE_SUBSCRIPTIONS = gerenciar os serviços (assinaturas)
may-PERMISSION_MANAGE_LICENSES = gerenciar as licenças
may-PERMISSION_MANAGE_USERS = gerenciar os usuários
may-PERMISSION_SUBMIT_ORDERS = fazer pedidos: novas assinaturas, e mais licenças nas existentes
may-PERMISSION_VIEW_RECORD = ver o registro: conta, serviços (assinaturas), usuários e licenças

## Estados e tipos.

state-INVITATION_STATE_OPEN = Aberto
state-INVITATION_STATE_CLAIMED = Aceito, sendo efetivado
state-INVITATION_STATE_ACCEPTED = Aceito
state-INVITATION_STATE_VOID = Aceite recusado
state-INVITATION_STATE_DECLINED = Recusado
state-INVITATION_STATE_REVOKED = Revogado
state-INVITATION_STATE_EXPIRED = Expirado
next-INVITATION_STATE_OPEN = Envie-o, crie um novo link ou revogue-o.
next-INVITATION_STATE_CLAIMED = Você não precisa fazer nada.
next-INVITATION_STATE_ACCEPTED = O cliente está na sua lista.
next-INVITATION_STATE_VOID = Convide o cliente de novo quando o que impediu tiver passado.
next-INVITATION_STATE_DECLINED = Você pode convidar de novo, com um novo convite.
next-INVITATION_STATE_REVOKED = Você pode convidar de novo, com um novo convite.
next-INVITATION_STATE_EXPIRED = Crie um novo link para enviá-lo de novo.
state-ACCEPTANCE_STATE_CLAIMED = Sendo efetivado
state-ACCEPTANCE_STATE_ESTABLISHED = Estabelecido
state-ACCEPTANCE_STATE_VOID = Recusado
state-PARTNERSHIP_STATE_PROPOSED = Proposta
state-PARTNERSHIP_STATE_ACTIVE = Ativa
state-PARTNERSHIP_STATE_ENDED = Encerrada
state-PARTNER_STATE_PENDING = Espera uma decisão, ou os clientes existentes
state-PARTNER_STATE_ACTIVE = Ativa
state-PARTNER_STATE_FAILED = Sem inscrição
state-PARTNER_STATE_SUSPENDED = Suspensa
state-IMPORT_STATE_RUNNING = Sendo importados
state-IMPORT_STATE_WAITING = Espera os outros portais
state-IMPORT_STATE_COMPLETE = Completa
state-IMPORT_STATE_FAILED = Falhou
state-SUBSCRIPTION_STATE_ACTIVE = ativa
state-SUBSCRIPTION_STATE_SUSPENDED = suspensa
kind-PARTNER_KIND_INDIRECT_RESELLER = Revendedor indireto
kind-PARTNER_KIND_INDIRECT_PROVIDER = Provedor indireto
renewal-RENEWAL_AUTOMATIC = renova-se sozinha
renewal-RENEWAL_OFF = termina sozinha
order-ORDER_KIND_NEW_SUBSCRIPTION = Nova assinatura
order-ORDER_KIND_MORE_LICENSES = Mais licenças
notice-NOTICE_KIND_INVITATION_ACCEPTED = Convite aceito
notice-NOTICE_KIND_INVITATION_DECLINED = Convite recusado
notice-NOTICE_KIND_INVITATION_EXPIRED = Convite expirado
notice-NOTICE_KIND_INVITATION_VOID = Aceite recusado
notice-NOTICE_KIND_PARTNERSHIP_PROPOSED = Parceria proposta
notice-NOTICE_KIND_PARTNERSHIP_ACCEPTED = Parceria aceita
notice-NOTICE_KIND_PARTNERSHIP_ENDED = Parceria encerrada
notice-NOTICE_KIND_ENROLLMENT_DECIDED = Inscrição decidida
notice-NOTICE_KIND_RELATIONSHIP_ENDED = Relação encerrada

## O que acabou de ser feito.

done-declined = O convite foi recusado, e o parceiro foi avisado.
done-relationship-ended = A relação terminou.
done-privilege-ended = O privilégio foi encerrado.
done-removed = A relação foi removida. Você pode adicionar um novo cliente, ou convidar este de novo.
done-saved = Salvo.
done-ordered = O pedido foi feito.
done-user-added = O usuário foi adicionado.
done-user-removed = O usuário foi removido.
done-license-assigned = A licença foi atribuída.
done-license-withdrawn = A licença foi retirada.
done-proposed = A parceria foi proposta, e o outro parceiro foi avisado.
done-partnership-accepted = A parceria está ativa.
done-partnership-ended = A parceria terminou.

## Por que uma página não pode ser mostrada, e o que fazer.

problem-unexpected = Aconteceu algo que não deveria.
wrong-fields = Estes campos não estão preenchidos como devem:
problem-sign-in-needed-title = Entre, por favor
problem-sign-in-needed = Ninguém entrou aqui, ou a sessão terminou. Entre e repita o que fez.
problem-organization-needed-title = Por qual organização?
problem-organization-needed = Você pertence a várias organizações. Escolha aquela por que você age.
problem-no-organization-title = Você não age por nenhuma organização
problem-no-organization = Estas páginas são para pessoas de um cliente ou de um parceiro. A equipe de operações trabalha com a API.
problem-global-admin-needed-title = Isto exige um Administrador global
problem-global-admin-needed = Só um Administrador global da sua organização pode fazer isto. Quem administra as contas da sua organização dá essa função.
problem-admin-agent-needed-title = Isto exige um agente administrativo
problem-admin-agent-needed = Só um agente administrativo ou um Administrador global da sua organização pode fazer isto. Um Administrador global da sua organização dá essa função.
problem-not-enrolled-title = Sua organização ainda não é parceira
problem-not-enrolled = Peça primeiro a inscrição dela.
problem-refused-title = Isto foi recusado
problem-refused = Nada foi alterado. Volte, e tente de novo se isso ajudar.
problem-away-title = Indisponível no momento
problem-away = Tente de novo daqui a pouco. Nada é feito duas vezes.
problem-failed-title = Algo deu errado
problem-failed = Foi registrado. Tente de novo; se acontecer outra vez, avise quem opera este sistema, com o id do rastreamento.
problem-not-found-title = Esta página não existe
problem-not-found = Ou não é sua para ver.
problem-other-session-title = Outra pessoa entrou
problem-other-session = Este formulário é de outra sessão que não a que este navegador tem agora. Nada foi alterado. Carregue a página de novo.
problem-other-site-title = Isto não veio daqui
problem-other-site = O formulário foi enviado por outro site. Nada foi alterado. Comece de novo nestas páginas.
problem-other-host-title = Outro endereço
problem-other-host = Estas páginas têm outro endereço.
problem-too-large-title = Texto demais
problem-too-large = Nada foi alterado. Volte e encurte o texto.
problem-too-slow-title = Não chegou a tempo
problem-too-slow = Nada foi alterado. Envie de novo.
problem-unreadable-title = Isto não pode ser lido
problem-unreadable = Nada foi alterado. Carregue a página de novo e preencha outra vez.
problem-provider-away-title = O serviço de entrada não responde
problem-provider-away = O serviço de entrada da sua organização não pode ser alcançado no momento. Tente de novo daqui a pouco.
problem-sign-in-unknown-title = Esta entrada já passou
problem-sign-in-unknown = Ela começou em outro navegador, ou há tempo demais, ou já foi usada. Entre de novo.
problem-sign-in-refused-title = Você não entrou
problem-sign-in-refused = O serviço de entrada da sua organização recusou, ou foi abandonado. Entre de novo.
