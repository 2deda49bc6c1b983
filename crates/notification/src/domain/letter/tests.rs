//! How drafts read, in both languages.

use super::*;
use crate::domain::sample::{LINK, joint, link, solo};

/// The subject and the text, with its link, that a partner gets to review.
fn written(invitation: &Invitation) -> (String, String) {
    let letter = Letter::compose(invitation, &Limits::default());
    (letter.subject().to_owned(), link().fill(letter.text()))
}

/// R13, R44, P4: how the draft of an invitation by the reseller alone reads, and how a relationship
/// ends.
#[test]
fn a_solo_draft_in_english() {
    let (subject, text) = written(&Invitation {
        message: "It was good to meet you.".to_owned(),
        ..solo("en")
    });
    assert_eq!(subject, "Contoso would like to work with you");
    assert_eq!(
        text,
        format!(
            "Hello,\n\n\
             We at Contoso would like to look after your organisation’s cloud services as your reseller.\n\n\
             It was good to meet you.\n\n\
             Please review this invitation. If you agree, a Global admin of your organisation can accept it with this \
             link:\n\n\
             {LINK}\n\n\
             If you accept, Contoso, your reseller, may:\n\
             - manage your account\n\
             - manage your subscriptions\n\
             - manage your licences\n\
             - manage your users\n\
             - view your account, subscriptions, users and licences\n\n\
             The permissions to manage have no end date; you can end them whenever you wish. You can end a relationship \
             at any time on the same site.\n\n\
             The link is valid until 1 December 2026, 9:05 (UTC) and can be used once. Nothing changes in your \
             organisation unless you accept.\n\n\
             Kind regards,\nContoso"
        )
    );
}

/// R13, R30, R44, P4: how the draft of a joint invitation reads in Portuguese.
#[test]
fn a_joint_draft_in_portuguese() {
    let (subject, text) = written(&Invitation {
        privilege_days: 365,
        ..joint("pt-BR")
    });
    assert_eq!(
        subject,
        "Contoso e Fabrikam gostariam de trabalhar com a sua organização"
    );
    assert_eq!(
        text,
        format!(
            "Olá,\n\n\
             Nós, da equipe Contoso, gostaríamos de ser seu revendedor de serviços de nuvem. Nosso provedor indireto, \
             Fabrikam, fornece os serviços e faz os pedidos.\n\n\
             Se estiver de acordo, um Administrador global da sua organização pode aceitar este convite pelo link:\n\n\
             {LINK}\n\n\
             Com o aceite, Contoso poderá:\n\
             - gerenciar sua conta\n\
             - gerenciar suas assinaturas\n\
             - gerenciar suas licenças\n\
             - gerenciar seus usuários\n\
             - consultar seu cadastro\n\n\
             Fabrikam poderá:\n\
             - fazer pedidos em seu nome\n\
             - consultar seu cadastro\n\n\
             Um único aceite vale para as duas empresas.\n\n\
             As permissões de gerenciamento valem por 365 dias a partir do aceite, ou até que você as encerre. Você pode \
             encerrar uma relação a qualquer momento, no mesmo site.\n\n\
             O link vale até 1º de dezembro de 2026, às 9h05 (UTC), e só pode ser usado uma vez. Nada muda enquanto \
             você não aceitar.\n\n\
             Atenciosamente,\nContoso"
        )
    );
}

/// R13, R44: names too long for a subject are left out of it.
#[test]
fn a_subject_has_at_most_200_characters() {
    let party = |of: Party| Party {
        name: "é".repeat(100),
        ..of
    };
    let long = |invitation: Invitation| Invitation {
        reseller: party(invitation.reseller),
        provider: invitation.provider.map(party),
        ..invitation
    };
    assert_eq!(
        written(&long(joint("en"))).0,
        "An invitation to work together"
    );
    assert_eq!(
        written(&long(joint("pt-BR"))).0,
        "Um convite para trabalharmos juntos"
    );
    assert!(written(&long(solo("pt-BR"))).0.starts_with("éé"));
}

/// R44: plurals and clock times follow the language.
#[test]
fn days_and_hours_are_said_as_people_say_them() {
    // 2027-03-22T01:00:00Z
    let at_one = Invitation {
        expire_time: Time::from_micros(1_805_677_200_000_000),
        privilege_days: 1,
        ..solo("pt-BR")
    };
    let (_, text) = written(&at_one);
    assert!(
        text.contains("até 22 de março de 2027, à 1h00 (UTC), e"),
        "{text}"
    );
    assert!(
        text.contains("valem por um dia a partir do aceite"),
        "{text}"
    );
    let (_, text) = written(&Invitation {
        language: WORDING.choose("en").unwrap(),
        ..at_one
    });
    assert!(
        text.contains("until 22 March 2027, 1:00 (UTC) and"),
        "{text}"
    );
    assert!(text.contains("last one day from the acceptance"), "{text}");
}
