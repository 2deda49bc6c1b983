# O que o serviço de notificação diz em português do Brasil: rascunhos dos e-mails que os parceiros enviam
# e avisos aos parceiros.

## Rascunho de um e-mail para um cliente, escrito em nome do revendedor, que o envia.
## O assunto pode ter 200 caracteres; com nomes longos, usa-se o assunto curto.

draft-subject-solo = { $reseller } gostaria de trabalhar com a sua organização
draft-subject-joint = { $reseller } e { $provider } gostariam de trabalhar com a sua organização
draft-subject-short = Um convite para trabalharmos juntos

draft-greeting = Olá,

draft-request-solo =
    Nós, da equipe { $reseller }, gostaríamos de ser seu revendedor de serviços de nuvem.
draft-request-joint =
    Nós, da equipe { $reseller }, gostaríamos de ser seu revendedor de serviços de nuvem. Nosso provedor indireto, { $provider }, fornece os serviços e faz os pedidos.

draft-instruction =
    Se estiver de acordo, um Administrador global da sua organização pode aceitar este convite pelo link:

draft-reseller-may = Com o aceite, { $reseller } poderá:
draft-provider-may = { $provider } poderá:
draft-both = Um único aceite vale para as duas empresas.

draft-permission-manage-account = gerenciar sua conta
draft-permission-manage-subscriptions = gerenciar suas assinaturas
draft-permission-manage-licenses = gerenciar suas licenças
draft-permission-manage-users = gerenciar seus usuários
draft-permission-submit-orders = fazer pedidos em seu nome
draft-permission-view-record = consultar seu cadastro

draft-privilege-unlimited =
    As permissões de gerenciamento valem até que você as encerre. Você pode encerrar uma relação a qualquer momento, no mesmo site.
draft-privilege-days =
    As permissões de gerenciamento valem por { $days ->
        [one] um dia
       *[other] { $days } dias
    } a partir do aceite, ou até que você as encerre. Você pode encerrar uma relação a qualquer momento, no mesmo site.

draft-validity =
    O link vale até { $date }, e só pode ser usado uma vez. Nada muda enquanto você não aceitar.

draft-closing = Atenciosamente,

## Quando o programa de e-mail só comporta um texto curto, saem as listas e o que vem depois delas; com nomes muito longos,
## isto substitui o pedido e a instrução.

draft-short-instruction =
    Por favor, analise nosso convite para trabalharmos juntos. Se estiver de acordo, um Administrador global da sua organização pode aceitá-lo com este link:

## Data e hora, sempre em UTC.

date = { $day ->
    [1] 1º
   *[other] { $day }
} de { $month ->
    [1] janeiro
    [2] fevereiro
    [3] março
    [4] abril
    [5] maio
    [6] junho
    [7] julho
    [8] agosto
    [9] setembro
    [10] outubro
    [11] novembro
   *[12] dezembro
} de { $year }, { $hour ->
    [1] à
   *[other] às
} { $hour }h{ $minute } (UTC)

## Avisos a um parceiro. Parceiros e clientes são indicados pelo nome que tinham, com o identificador.

notice-invitation-accepted =
    O cliente { $customer } aceitou o seu convite. A sua relação com esse cliente está estabelecida.
notice-invitation-accepted-provider =
    O cliente { $customer } aceitou o convite conjunto do parceiro { $partner }. A sua relação com esse cliente está estabelecida.
notice-invitation-declined = O cliente { $customer } recusou o seu convite.
notice-invitation-declined-reason = O cliente { $customer } recusou o seu convite. Motivo informado: { $reason }
notice-invitation-expired = O seu convite expirou sem ter sido aceito. Você pode reenviá-lo.
notice-invitation-void-partnership-ended =
    O aceite do cliente { $customer } não pôde ser efetivado porque a parceria vinculada ao convite foi encerrada. Nenhuma relação foi estabelecida.
notice-invitation-void-reseller-not-active =
    O aceite do cliente { $customer } não pôde ser efetivado porque a sua inscrição no programa não está ativa. Nenhuma relação foi estabelecida.
notice-invitation-void-provider-not-active =
    O aceite do cliente { $customer } não pôde ser efetivado porque a inscrição do provedor no programa não está ativa. Nenhuma relação foi estabelecida.
notice-partnership-proposed = O parceiro { $partner } propôs uma parceria. Ela passa a valer quando você a aceitar.
notice-partnership-accepted = O parceiro { $partner } aceitou a parceria que você propôs. Ela já está ativa.
notice-partnership-ended = O parceiro { $partner } encerrou a parceria com você. As relações já existentes com clientes permanecem.
notice-enrollment-approved = A sua inscrição no programa foi aprovada.
notice-enrollment-approved-reason = A sua inscrição no programa foi aprovada. Observação: { $reason }
notice-enrollment-rejected = A sua inscrição no programa foi rejeitada.
notice-enrollment-rejected-reason = A sua inscrição no programa foi rejeitada. Motivo informado: { $reason }
notice-relationship-ended = O cliente { $customer } encerrou a relação com você. Você não tem mais acesso a ele; ele pode aceitar um novo convite.
