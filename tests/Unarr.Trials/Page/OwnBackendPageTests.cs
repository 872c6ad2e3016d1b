using Microsoft.Playwright;
using Unarr.EndToEnd.Tests.Samples;
using static Microsoft.Playwright.Assertions;

namespace Unarr.EndToEnd.Tests.Page;

public sealed class OwnBackendPageTests(RunningSample sample) : IClassFixture<RunningSample>
{
    [SkippableFact]
    public async Task Page_of_the_sample_follows_what_it_asks_for()
    {
        Needs.Program(Chromium.Program);
        await sample.UntilConnectedAsync();
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(sample.Address);
        List<string> complaints = [];
        page.Console += (_, message) => complaints.Add(message.Text);
        page.PageError += (_, error) => complaints.Add(error);

        await page.GotoAsync(sample.Address.AbsoluteUri);
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Live.");

        await page.GetByLabel("Bytes a second").FillAsync("4321");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set" }).ClickAsync();
        await Expect(page.Locator("#controls")).ToContainTextAsync("agent-1: set-limit Applied");
        await Expect(page.Locator("#agents")).ToContainTextAsync("4321 bytes a second.");

        await page.GetByLabel("Job").FillAsync("<b>long</b>");
        await page.GetByLabel("Bytes", new() { Exact = true }).FillAsync("100000000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "<b>long</b>: Running" })).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "<b>long</b>: Cancelled" })).ToHaveCountAsync(1);

        await page.GetByLabel("Announcement").FillAsync("lunch");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Expect(page.Locator("#agents")).ToContainTextAsync("lunch");
        Assert.Empty(complaints);
    }
}
