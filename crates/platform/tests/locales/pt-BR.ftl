# Texts for the tests of `wording`; the gaps between the languages are on purpose.
greeting =
    Olá { $name }, { $days ->
        [one] 1 dia
       *[other] { $days } dias
    }
draft = Corpo de { $name }
    .subject = Assunto para { $customer }
other = Outro
