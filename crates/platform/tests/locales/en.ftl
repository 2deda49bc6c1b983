# Texts for the tests of `wording`; the gaps between the languages are on purpose.
greeting =
    Hello { $name }, { $days ->
        [one] 1 day
       *[other] { $days } days
    }
only-in-english = Only here
draft = Body = of { $name }
    .subject = Subject for { $name }
