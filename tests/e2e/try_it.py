import json, sys, tempfile, time
from contextlib import ExitStack
from pathlib import Path
from playwright.sync_api import sync_playwright
from tests.e2e.demo import running_demo
from tests.e2e.shopper import shopping
from tests.tracker.conftest import ARGUMENTS, CHROMIUM
t0=time.time()
def say(*a): print(f"{time.time()-t0:6.1f}", *a, flush=True)
folder=Path(tempfile.mkdtemp(prefix="e2e-"))
with running_demo(folder) as demo, sync_playwright() as p, ExitStack() as stack:
    say("up", demo.port)
    b=p.chromium.launch(executable_path=CHROMIUM,args=ARGUMENTS)
    say("browser")
    def who(name): return stack.enter_context(shopping(b, demo.shop, f"{name}@example.com"))
    def walk(w, consent="allow", tick=True):
        w.arrive(consent)
        if consent=="allow":
            w.look_at("darjeeling"); w.take("100 g",2); w.check_out()
        else:
            w.go("/product/darjeeling/"); w.page.select_option("form.variations_form select","100 g"); w.page.click(".single_add_to_cart_button"); w.go("/checkout/")
        w.type_address(tick)
    f=who("fay"); walk(f,"deny"); f.page.wait_for_timeout(2000); f.leave(); say("f")
    bb=who("bob"); walk(bb,tick=False); bb.leave(); say("b")
    c=who("cleo"); walk(c); c.buy(); say("c")
    e=who("ana"); e.arrive("allow"); e.sign_in_as_ana(); e.look_at("glass-teapot"); e.leave(); say("e")
    d=who("dan"); walk(d); d.leave(); say("d")
    a=who("amy"); walk(a); a.leave(); say("a")
    for i in range(40):
        time.sleep(2)
        say({x.email: demo.names(x.email) for x in (a,bb,c,d,e,f)})
        if "cart_abandoned" in demo.names(a.email) and "browse_abandoned" in demo.names(e.email): break
    print(json.dumps(demo.events(a.email)[-1],indent=1))
    print(demo.members("Abandoned carts"))
    for x in (a,bb,c,d,e,f):
        print(x.email, x.errors, x.cookies())
        try: print(demo.run("explain", x.email))
        except AssertionError as err: print("!!", err)
    print(demo.told("violations"))
    print(json.dumps([ (q["number"],q["method"],q["path"],q["body"],q["status"]) for q in demo.told("requests")["requests"]],indent=None)[:12000])
    print(demo.told("silent"))
    print(demo.shop_state())
    if "cart_abandoned" in demo.names(d.email):
        ev=[x for x in demo.events(d.email) if x["event_name"]=="cart_abandoned"][0]
        d.come_back(ev["event_properties"]["recovery_url"]); d.check_out() if False else d.go("/checkout/"); d.type_address(True); d.buy()
        for i in range(20):
            time.sleep(1)
            say(demo.names(d.email), demo.members("Abandoned carts"))
            if "cart_recovered" in demo.names(d.email): break
        print(demo.run("explain", d.email))
    b.close()
say("down")
