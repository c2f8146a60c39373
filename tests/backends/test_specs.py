"""How models are named, what of a name counts for a result, and what of it may be published."""

import pytest

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.backends import specs
from hf_unsafe2safe.backends.specs import ModelSpec, parse, same_result, split, take
from hf_unsafe2safe.errors import ConfigError, UnknownNameError
from hf_unsafe2safe.manifest import publishable
from hf_unsafe2safe.registry import create

KNOWN = {
    "dtype": specs.one_of("float16", "float32"),
    "batch_size": specs.count(),
    "share": specs.number(0, 1),
}

READ = {
    "org/model": ModelSpec("org/model"),
    "org/model@v1": ModelSpec("org/model", "v1"),
    "org/model@refs/pr/3": ModelSpec("org/model", "refs/pr/3"),
    " org/model , dtype = float16 ": ModelSpec("org/model", None, {"dtype": "float16"}),
    "./models/mine,batch_size=4,share=.5": ModelSpec("./models/mine", None, {"batch_size": 4, "share": 0.5}),
    "/a/folder@home/model": ModelSpec("/a/folder@home/model"),  # a folder has no revisions
}


@pytest.mark.parametrize("argument", READ)
def test_specs(argument):
    assert parse(argument, KNOWN) == READ[argument]


BAD = {
    "": (ConfigError, "names no model"),
    ",dtype=float16": (ConfigError, "names no model"),
    "org/model,float16": (ConfigError, "is no option"),
    "org/model,": (ConfigError, "is no option"),
    "org/model,Dtype=float16": (ConfigError, "is no option"),
    "org/model,dtype=float16,dtype=float32": (ConfigError, "'dtype' is given twice"),
    "org/model,dtypes=float16": (UnknownNameError, "Unknown option: dtypes. Known: batch_size, dtype, share"),
    "org/model,dtype=int8": (ConfigError, "dtype cannot be 'int8'. It is one of float16, float32"),
    "org/model,batch_size=0": (ConfigError, "batch_size cannot be '0'. It is a number from 1"),
    "org/model,batch_size=1.5": (ConfigError, "It is a whole number"),
    "org/model,batch_size=nan": (ConfigError, "It is a number"),
    "org/model,share=2": (ConfigError, "It is a number from 0 to 1"),
}


@pytest.mark.parametrize("argument", BAD)
def test_specs_that_cannot_be_read(argument):
    error, message = BAD[argument]
    with pytest.raises(error, match=message):
        parse(argument, KNOWN)


def test_a_stage_takes_its_own_options():
    rest, mine = take("org/model,share=0.5,dtype=float16", {"share": specs.number(0, 1)})
    assert (rest, mine) == ("org/model,dtype=float16", {"share": 0.5})
    assert split(rest) == ("org/model", {"dtype": "float16"})


def test_where_and_how_fast_changes_no_result():
    fast = same_result("org/model, batch_size=64, device_map=cuda:1, dtype=float16, max_requests=5")
    assert fast == "org/model, dtype=float16"
    assert same_result("fill") == "fill"


class Named(testing.FakeInspector):
    """An inspector that is made from a spec, as `vlm` is."""

    def __init__(self, argument: str = "") -> None:
        super().__init__()


def _config(monkeypatch, spec):
    from hf_unsafe2safe import registry

    made = registry.create

    def create(stage, given):
        return made(stage, Named() if stage == "inspector" and given == spec else given)

    monkeypatch.setattr("hf_unsafe2safe.stages.create", create)
    return Sanitizer(**testing.fakes(inspector=spec))


def test_the_digest_leaves_running_options_out(monkeypatch):
    digests = [
        _config(monkeypatch, spec).digest
        for spec in ("vlm:org/model", "vlm:org/model,batch_size=4", "vlm:org/model,dtype=float16")
    ]
    assert digests[0] == digests[1] != digests[2]
    # Of a stage of somebody else an option may mean anything.
    theirs = [
        _config(monkeypatch, spec).digest for spec in ("theirs:x,max_tokens=5", "theirs:x,max_tokens=6")
    ]
    assert theirs[0] != theirs[1]


# spec -> what a manifest shows of it
PUBLIC = {
    "vlm:org/model@v1,dtype=float16": "vlm:org/model@v1,dtype=float16",
    "vlm:./models/mine,dtype=float16": "vlm:LOCAL_FOLDER,dtype=float16",
    "vlm:org/model,batch_size=4,size=448": "vlm:org/model,size=448",  # what changes no result is not told
    "vlm:~/mine": "vlm:LOCAL_FOLDER",
    "judge:org/m,threshold=.4": "judge:org/m,threshold=.4",  # a number is no path
    "klein:..": "klein:LOCAL_FOLDER",
    "safe-attention:org/m,adapter=/opt/mine": "safe-attention:org/m,adapter=LOCAL_FOLDER",
    "./models/mine,size=448": "LOCAL_FOLDER,size=448",
    "org/model": "org/model",
    "union:org/m,locator=./dino,masks=/opt/sam": "union:org/m,locator=LOCAL_FOLDER,masks=LOCAL_FOLDER",
    "vlm:endpoint:http://127.0.0.1:8000/v1,model=org/model,key=MY_KEY": "vlm:endpoint:SERVER,model=org/model",
    "vlm:endpoint:org/model,provider=auto": "vlm:endpoint:org/model,provider=auto",
    "vlm:endpoint:https://a.example/v1,model=/srv/weights": "vlm:endpoint:SERVER,model=LOCAL_FOLDER",
    "local:demographics": "local:demographics",
    "vlm:org/model,attributes=our_looks.yaml": "vlm:org/model,attributes=LOCAL_FOLDER",
    "local": "local",
}


@pytest.mark.parametrize("spec", PUBLIC)
def test_what_a_manifest_tells_of_a_spec(spec, monkeypatch):
    assert publishable(_config(monkeypatch, spec).config)["inspector"] == PUBLIC[spec]


def test_the_text_of_a_criterion_is_not_published():
    from tests.test_criteria import Understanding

    policy = {"edit": ["face"], "criteria": {"neighbour": "our neighbour Mr Quillfeather"}}
    config = Sanitizer(policy=policy, **testing.fakes(inspector=Understanding())).config
    assert publishable(config)["policy"]["criteria"] == {"neighbour": "NOT_PUBLISHED"}
    assert "Quillfeather" not in str(publishable(config))


def test_a_bare_model_is_for_the_default_backend(monkeypatch):
    asked = []
    monkeypatch.setattr("hf_unsafe2safe.registry._made", lambda *call: asked.append(call[1::2]) or Named())
    create("inspector", "org/model@v1,device_map=cuda:0")
    assert asked == [("vlm", "org/model@v1,device_map=cuda:0")]
    with pytest.raises(UnknownNameError, match="Unknown verifier"):
        create("verifier", "org/model")
