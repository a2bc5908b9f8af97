"""Makes the font of the pictures: Noto Sans CJK SC, cut down to what pictures may say.

    python -m tests.chart_font /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

The source is Debian's package fonts-noto-cjk (SIL Open Font License 1.1). The same source gives the
same file, byte for byte.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

ROOT = Path(__file__).resolve().parents[1]
FONT = ROOT / "bots" / "pictures" / "font" / "NotoSansCJKsc-subset.otf"
FAMILY = "Noto Sans CJK SC"

WORDS = ("core/catalogue/*.yaml", "core/content/packs/**/*.yaml", "training_plans/data/*.yaml")
"""Files whose every character a picture may have to show."""

IN_NAMES = (
    "喆璟珺玥昇堃甯翀頔暐祎祺赟昉旻昕晗晞晟暄暘曈曦杲枘柃栩桉梓榕樾橦欤沅沄沚泓泠洺洵浠浥涵淏"
    "淇淳淼湉湜溦滢漪潆潼澍澔濛濯炅炜炫炘烜烨焱煊煜熠燚犇玙玘玚玠玢玦玧玭玮玹珅珈珏珑珩珵珺琅琇"
    "琎琛琤琦琨琪琬琮琰琲琳瑀瑄瑗瑜瑭瑶瑾璇璐璞璠璨璩璿瓒瓘甄畇畈皓皙盷眙睿砚硕碛祉祐禔禛禹稷穆"
    "竑竣筱筠箐箬籴粲绮绾缃缦羿翊翎翙翚翛耘聿聪肜胤臻舫芃芊芮芷苒苡茉茗茜荃荇荻莀莘莙菀菁菡萱葳"
    "蓁蓓蓥蔓蕙薇蘅蘩虓虢衎裎褀觅訚谌谖赓赟跹轲辂迦逄逦遥邃邈郢郦鄢酆釂鉴鋆錡鑫铄铎铖铭锜锟锳镕"
    "镡闫闳阖陟隽雯霁霂霈霏靓靖韫韬韵頫颀颉颢馡馨骁骅骉骏骞骥髙髦鬻魁鲲鸢鸾鹂鹄鹤麒麟黛黻龑龢㛃"
    "仝仡仫伋伣伭佺侁侑侔侗侪俅俣俨倓倜倢偲傒僖儇兖冼凃凇凊刓劭劼勍勖勣勰卲叡吒呈咏哿喈喆喦嘏嘉"
    "圳圻坤垚垣埇堉堎塬墀奭妍妘妤姁姞姝姣姮娅娉娈娣娴婕婳婵媖媛媞媱嫄嫕嫚嫣嫦嫱嬅嬛嬿孖孜孺宓宥"
    "宸寯尧屹岍岐岑岚岱岷峋峣崃崟崧嵇嵊嵘嵩嶒巍帆庠庾廪弈弢彀彤彧彬彭徕徽忞忱忻怿怡恂恪恺悊悌悝"
    "惇惜惟惠慜慧慷憬懋懿戬扃抒挚捷揆攸敉敏敔敩斌斐斓旃旎旖旸昀昃昊昌昙昜昝昱晁晅晏晔晖晙晢晫晰暎"
)
"""Characters of given names and surnames, most of them beyond GB 2312."""

MORE = "·—–…‘’“”±×÷≤≥≠≈→←↑↓°％′″①②③④⑤⑥⑦⑧⑨⑩"


def common() -> set[str]:
    """ASCII and all of GB 2312: 6,763 characters and its signs."""
    found = {chr(code) for code in range(0x20, 0x7F)}
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def spoken() -> set[str]:
    """Every character of our own words."""
    texts = (path.read_text(encoding="utf-8") for name in WORDS for path in ROOT.glob(name))
    return {letter for text in texts for letter in text if letter.isprintable()}


def wanted() -> set[str]:
    """What the font has to hold."""
    return common() | spoken() | set(IN_NAMES) | set(MORE)


def build(source: Path, target: Path) -> int:
    """Cut the Chinese face of the collection down; how many characters it still lacks."""
    face = next(
        one for one in TTCollection(source).fonts if one["name"].getBestFamilyName() == FAMILY
    )
    options = Options()
    # Without the typographic names a renderer does not find the family, and draws no text at all.
    options.name_IDs = ["*"]
    options.name_languages = [0x409]
    options.layout_features = ["kern"]
    options.hinting = False
    options.desubroutinize = False
    options.notdef_outline = True
    cutter = Subsetter(options)
    letters = wanted()
    cutter.populate(unicodes=[ord(letter) for letter in letters])
    cutter.subset(face)
    face.recalcTimestamp = False
    face.save(target)
    return len(letters - {chr(code) for code in TTFont(target).getBestCmap()})


if __name__ == "__main__":
    lacking = build(Path(sys.argv[1]), FONT)
    sys.stdout.write(f"{FONT.name}: {FONT.stat().st_size} bytes, {lacking} characters lacking\n")
