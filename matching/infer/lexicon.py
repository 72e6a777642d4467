"""Which words do names of people, names of organisations, and headings of any table consist of? General knowledge."""

from __future__ import annotations

from typing import Final

from matching.forms.words.companies import LATIN_FORMS, LATIN_TRADES
from matching.forms.words.people import FORMS
from matching.forms.words.shares import FAMILY, GIVEN

_MORE_GIVEN: Final = (
    "aaron abdul abraham ada adam adrian agnes ahmed aiden aisha alan alana alejandro alison allan allen alicia alma "
    "alyssa amber ana andre andrea angel anita anton antonio april ariana arnold arthur ashley ashton ava ayesha bailey "
    "barry bella bernice beth bethany bianca blake bonnie brandon brenda brett brian brianna brooke bruce bruno bryan "
    "caitlin caleb callum camilla carla carlos carmen carol caroline carolyn carter cecil chad charlene chelsea cheryl "
    "chloe claire clara clarence claude claudia colin connor cora corey courtney craig crystal curtis cyril daisy dale "
    "damian dana danielle darren darryl dawn dean debra della denise derek desmond diana diane diego dolores don donna "
    "doris duncan dustin dylan earl edith edna eduardo eileen elaine elena elijah ella ellis elmer elsa elsie emil "
    "emilia emmanuel enrique erica erik erin ernesto esther ethan ethel eva evan faith fatima felicity felix fernando "
    "fiona floyd flora francesca francisco freya gareth garry gary gavin gemma georgia georgina gina giovanni gladys "
    "glen glenn gloria graham grant greta guy gwen hamish hannah hans harold harper harvey hassan hazel heather hector "
    "heidi herman hilda hope horace howard hugh hugo hunter ian ibrahim ida ignacio imogen ines ingrid irene iris irma "
    "isaiah isla ivan ivy jackson jade jaime jan jared javier jay jayden jenna jerome jesse jill jillian jimena jo "
    "joaquin jodie joel jorge jose josephine joyce juan juanita jude julio june justin kaitlyn kara karen karl katrina "
    "kayla keith kelly kelsey kerry khalid kiara kieran kirsten kirsty kristen kurt kyle kylie lachlan lance lara lauren "
    "leah lee leila leon leonie leroy leslie lewis liam lily lloyd logan lois lola lorenzo lorraine luca lucia luis luke "
    "lydia lynn mackenzie madison manuel marcel marco marcus margot mariam marian marilyn mario marion marjorie marlene "
    "marshall marvin mason mateo maureen mavis maya megan melanie melvin mia miguel mila milton mitchell mohamed monica "
    "morgan muriel myra myrtle nadia naomi natalie natasha neil nelson nigel nina noah noel noor nora oliver olive omar "
    "owen pablo pauline pearl pedro perry phoebe phyllis pierre preston quentin rafael ramon raul reece renee rex rhys "
    "ricardo riley rita robyn rocco rory rosa ross roy ruby ryan sabrina salma sandra santiago scarlett scott sean "
    "selina serena sergio shane shannon sharon shaun shawn sheila shelley sherry shirley sienna simone skye sofia sonia "
    "sophie spencer stacy stella stewart stuart summer sven tamara tanya tara taylor tessa thelma tiffany tina todd tom "
    "tracy travis trevor troy tyler una ursula vanessa vera vernon vincenzo viola violet wade wallace wanda warren wayne "
    "wendy wesley willow xavier yasmin yolanda yusuf yvonne zara zoe mohammad priya rahul anil sunil sanjay deepak raj "
    "ravi vijay amit pooja neha anjali wei ming jun hiroshi kenji yuki minh thi van nguyen olga irina sergei dmitri"
)
_MORE_FAMILY: Final = (
    "adams alexander allen armstrong arnold ashton atkinson austin bailey ball banks barker barnes barnett barrett barry "
    "bates bell bennett berry bishop black booth bowen boyd bradley brooks bryant burke burns burton butler byrne "
    "campbell carpenter carr carroll carter chambers chapman clarke coleman collins cook cooper cox crawford cruz "
    "cunningham curtis dawson day dean diaz dixon doyle duncan dunn elliott ellis farrell ferguson fernandez fisher "
    "fleming fletcher flores ford foster fowler fox francis fraser freeman gardner gibson gilbert gomez gonzalez goodman "
    "gordon graham grant gray griffin griffiths hamilton hansen hardy harper harrison hart harvey hawkins hayes henderson "
    "hernandez hicks holland holmes hopkins howard howell hudson hunt hunter jenkins jensen johnston jordan kelly kennedy "
    "knight lane larson lawrence lawson lloyd long lopez lynch macdonald marshall martinez mason matthews may mccarthy "
    "mcdonald mckenzie mclean mendoza meyer mills mitchell montgomery morales moreno morgan morris morrison murphy murray "
    "myers nelson newman nichols nicholson norris obrien olson ortiz owens palmer parker parsons payne pearce pearson "
    "perez perkins perry peters peterson phillips pierce poole porter powell powers pratt price ramirez reed reid reyes "
    "reynolds rice richards richardson riley rivera robertson robinson rodriguez rogers rose ross russell ryan sanchez "
    "sanders saunders schmidt schneider scott sharp shaw simmons simpson snyder spencer stephens stevens stevenson "
    "stewart stone sullivan sutton torres tucker turner wagner wallace walsh walters ward warren washington watkins "
    "watson watts weaver webb weber welch wells west wheeler williamson willis woods wood woodward"
)
GIVEN_NAMES: Final = frozenset({*(w for w in FORMS if w.isascii()), *(w for w in GIVEN if w.isascii()),
                                *_MORE_GIVEN.split()})  # fmt: skip
FAMILY_NAMES: Final = frozenset({*(w for w in FAMILY if w.isascii()), *_MORE_FAMILY.split()})

_ORGANISED: Final = (
    "restaurant restaurants cafe caffe coffee bar grill grille pizza pizzeria deli delicatessen bakery kitchen bistro "
    "brasserie trattoria ristorante taverna tavern pub steakhouse diner buffet cuisine house inn hotel motel resort "
    "lodge club lounge school schools academy college university church temple mosque chapel ministries ministry center "
    "centre centers institute institution hospital clinic pharmacy dental dentistry veterinary bank credit union market "
    "supermarket mart grocery outlet salon spa gym fitness studio gallery theatre theater museum library department "
    "office offices bureau agency authority board council committee commission foundation association assoc society "
    "fund trust program programs project community city county district state public national american federal "
    "child children childrens kids learning day nursery kindergarten preschool early head daycare ymca corner farm farms "
    "garden gardens plaza park tower place room building company gas station petrol fuel rental rentals repair cleaning "
    "cleaners laundry tires garage parts wholesale retail discount liquor wine beer seafood sushi noodle chicken burger "
    "burgers bbq ice cream donuts donut sandwich express law attorneys accounting realty realtors homes roofing plumbing "
    "landscaping security laboratories laboratory labs pictures records press publishing entertainment productions "
    "airlines railway shipping telecom wireless oil petroleum mining pharma therapeutics bancorp financial savings "
    "mutual assurance holdings ventures societe gesellschaft verein stiftung"
)
ORGANISATIONS: Final = LATIN_FORMS | LATIN_TRADES | frozenset(_ORGANISED.split())
JOINING: Final = frozenset(["the", "and", "of", "at", "for", "in", "on", "by", "with", "to", "from"])
"""Small words that names of organisations and titles of works hold, and names of people hardly ever."""
ARTICLES: Final = frozenset(["the", "la", "le", "il", "el", "les", "los", "las", "das", "der", "die", "chez"])
"""What names of places to go to begin with."""

_HEADING_WORDS: Final = """
given_name: given first forename fname christian givenname firstname forename1
family_name: surname last family lname lastname familyname
middle: middle mid midl midname middlename mname
birthday: dob birth birthdate birthday born birthyear yob
gender: sex gender
title: occupation profession job position designation rank employment role
city: city town suburb locality village municipality place birthplace hometown residence commune
region: state province county region prefecture
country: country nation
postal_code: zip zipcode postcode postal pincode plz cep eircode
street: street address addr road
house: house building
phones: phone telephone tel mobile cell cellphone
emails: email mail
website: website url homepage
industry: type category cuisine sector industry genre kind speciality specialty activity
company: company business firm organisation organization employer store shop restaurant hotel facility vendor supplier
 merchant school institution provider clinic hospital practice outlet site agency corporation establishment branch brand
identifiers: ssn sin nin passport licence license registration vat ein abn tin npi tax social insurance
"""
HEADING_WORDS: Final[dict[str, str]] = {
    word: line.partition(":")[0]
    for line in _HEADING_WORDS.strip().replace("\n ", " ").splitlines()
    for word in line.partition(":")[2].split()
}
"""Word of a heading → what it says; for headings of which mappings.headings understands only a part."""
