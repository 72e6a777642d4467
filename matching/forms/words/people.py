"""Which words beside a person's name are no part of it, and which given names are forms of one another?"""

from __future__ import annotations

from typing import Final

_TITLES_WORDS: Final = (
    "mr mrs ms miss mx dr prof professor sir lady rev reverend hon capt captain col colonel lt sgt baronet "
    "baroness viscount countess duchess princess madam mme mlle herr frau dott phd md mba cpa jr sr ii iii iv "
    "esq kbe obe mbe"
)
TITLES: Final = frozenset(_TITLES_WORDS.split())
"""Only words that are hardly ever names: Earl, Duke and Prince are left alone."""

_FORMS: Final = """
alexander alex sandy xander al alec sasha / alexandra alex sandra sandy lexi sasha alexa / abigail abby gail /
albert al bert bertie / alfred al fred alfie freddie / amanda mandy / andrew andy drew / angela angie /
anne ann anna annie nan nancy annette hannah / anthony tony ant / antonia toni / archibald archie / arthur art artie /
augustus gus august / barbara barb babs / bartholomew bart / beatrice bea trixie / benedict ben / benjamin ben benny benji /
bernard bernie / bradley brad / bridget bridie biddy / cameron cam /
catherine katherine kathryn katharine cathy kathy kate katie kit kitty cath kath katy catharine / cecilia cecily celia /
charles charlie chuck chas carl / charlotte lottie charlie lotte / christian chris / christine christina chris tina chrissie /
christopher chris kit topher / clifford cliff / constance connie / cornelius con neil / cynthia cindy / daniel dan danny /
david dave davy / deborah deb debbie debra / dennis denny denis / dominic dom nick / donald don donnie /
dorothy dot dottie dolly / douglas doug / edgar ed eddie / edmund ed ned ted eddie / edward ed eddie ned ted teddy /
edwin ed eddie / eleanor ellie nell nora lenora elinor ella /
elizabeth liz lizzie beth betty eliza elisabeth libby bess betsy lisa elsie bessie / ellen helen nell nellie /
emily emma em millie / emma em emily / ernest ernie / eugene gene / evelyn eve evie / ezekiel zeke /
florence flo florrie flossie / frances fran francie fanny frankie / francis frank fran / franklin frank /
frederick fred freddie freddy fredric / gabriel gabe / gabrielle gabby / geoffrey geoff jeff jeffrey / george georgie /
gerald gerry jerry / gertrude gertie trudy / gilbert gil bert / gordon gord / grace gracie / gregory greg / harold harry hal /
harriet hattie harriett / harrison harry / helen nell ellen nellie lena / henrietta etta hetty / henry harry hank hal /
herbert bert herb / hubert bert hugh / isaac ike zac / isabella isabel isobel bella izzy belle isabelle / jacob jake /
jacqueline jackie / james jim jimmy jamie jem / jane janet jean jenny janie / janet jan / jasmine jas / jeffrey jeff /
jennifer jen jenny / jeremiah jerry jeremy / jessica jess jessie / joan joanna jo joanne / john jack johnny jon jock /
jonathan jon jonny / joseph joe joey / josephine jo josie / joshua josh / judith judy / julia julie / julian jules /
katherine kate katie kathy kit kitty / kenneth ken kenny / kimberly kim / laurence lawrence larry laurie /
leonard len leo lenny / leopold leo / lewis louis lew lou / lillian lily lil lilian / louisa louise lou / lucas luke /
lucy lucille lucinda lou / madeleine maddie madeline / magdalena maggie lena /
margaret maggie meg peggy madge marge margie greta rita daisy / maria mary marie / martha mattie patty / martin marty /
mary molly polly mae may marie maria / matilda tilly matty / matthew matt / maurice morris / maximilian max / maxwell max /
megan meg / melissa mel / michael mike mick mickey micky / mildred millie / miriam mim / mohammed muhammad mohamed mo /
montague monty / nathaniel nathan nat nate / nicholas nick nicky nicolas / nicola nicky nikki / norman norm / oliver ollie /
olivia liv livvy / oscar ossie / pamela pam / patricia pat patty trish tricia / patrick pat paddy / penelope penny /
percival percy / peter pete / philip phillip phil pip / priscilla cilla / rachel rae / ralph rafe / raymond ray /
rebecca becky bec becca / reginald reg reggie / reuben rube / richard rick dick rich richie ricky /
robert rob bob bobby robbie bert robin / roderick rod / rodney rod / roger rodge / roland rollo / ronald ron ronnie /
rosalind ros roz / rosemary rose rosie / rupert bert / russell russ / ruth ruthie / samantha sam sammy / samuel sam sammy /
sarah sara sally sadie / sebastian seb / sidney sid sydney / simon si / solomon sol / sophia sophie / stanley stan /
stephen steven steve stevie / stephanie steph / susan sue suzanne susannah susie / sylvester sly / tabitha tabby /
terence terry / theodora dora / theodore ted theo teddy / theresa teresa terry tess tessa / thomas tom tommy / timothy tim /
tobias toby / valerie val / veronica ronnie vera / victor vic / victoria vicky tori vic / vincent vince vinny /
virginia ginny / vivian viv / walter wally walt / wilfred wilf / wilhelmina mina minnie / william will bill billy willie liam /
winifred winnie / zachary zach zac zack
"""

FORMS: Final[dict[str, frozenset[str]]] = {}
for _line in _FORMS.split("/"):
    for _word in _line.split():
        FORMS[_word] = FORMS.get(_word, frozenset()) | frozenset(_line.split())
"""Given name → all names that share a line with it (a short form may belong to several)."""
