using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.EndToEnd.Tests.Middleboxes;
using static Microsoft.Playwright.Assertions;

namespace Unarr.EndToEnd.Tests.Page;

public sealed partial class OperatorPageTests
{
    /// <summary>Names the folder for the screenshots of each view; by default it is with the test results.</summary>
    private const string ScreenshotsVariable = "UNARR_SCREENSHOTS";

    // An agent's name is whatever whoever runs the agent likes.
    private const string HostileName = "<img src=x onerror=\"document.title='owned'\"> \u202eeman";

    [SkippableFact]
    public async Task Operator_signs_in_pushes_a_control_and_sees_it_acknowledged()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await StartAsync();
        await using RealAgent agent = new(plane.Host.BaseAddress, RunningControlPlane.KeyOf("a1"), "a1", HostileName) { Refuse = "t9" };
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(plane.Host.BaseAddress);
        List<string> complaints = Complaints(page);

        await page.GotoAsync("/");
        Assert.True(await IsWithoutOverflowAsync(page));
        await SignInAsync(page);
        await Expect(Row(page, "a1")).ToContainTextAsync("Live");
        await Expect(Row(page, "a1")).ToContainTextAsync("Stream");
        await Expect(Row(page, "a1")).ToContainTextAsync(HostileName);
        await Expect(Row(page, "a2")).ToContainTextAsync("Not seen yet");
        await Expect(page.GetByText("Choose an agent to see its controls and to push new ones.")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "a1", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Push a control" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Table, new() { Name = "Controls" })).ToContainTextAsync("Control");
        await page.GetByLabel("Task id").FillAsync("t1");
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "and delete its files" }).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        // Nothing is deleted without a second answer, and the safe one has the focus.
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Cancel t1 on a1 and delete its files?");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "No, go back" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        Assert.False(agent.Controls.TryRead(out _));
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete the files" }).ClickAsync();

        Control control = await agent.Controls.ReadAsync(plane.Deadline);
        Assert.Equal(("cancel", "t1", true), (control.Action, control.TaskId, control.DeleteFiles));
        await Expect(Row(page, "cancel t1, delete files")).ToContainTextAsync(AcknowledgedWithLatency());
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasTextRegex = AnnouncedWithLatency() })).ToHaveCountAsync(1);
        await Expect(page.GetByRole(AriaRole.Checkbox, new() { Name = "and delete its files" })).Not.ToBeCheckedAsync();

        foreach (string action in new[] { "Pause", "Resume" })
        {
            await page.GetByRole(AriaRole.Button, new() { Name = action }).ClickAsync();
            await Expect(Row(page, $"{action.ToLowerInvariant()} t1")).ToContainTextAsync(AcknowledgedWithLatency());
        }

        await page.GetByLabel("Task id").FillAsync("t9");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(Row(page, "pause t9")).ToContainTextAsync("Failed");
        await Expect(Row(page, "pause t9")).ToContainTextAsync("There is no task 't9'.");
        await ScreenshotsAsync(page, "agent");

        Assert.Equal("Control plane", await page.TitleAsync());
        Assert.Equal(0, await page.Locator("main img").CountAsync());
        Assert.Empty(complaints);
    }

    [SkippableFact]
    public async Task Page_is_used_by_the_keyboard_alone()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await StartAsync();
        await using RealAgent agent = new(plane.Host.BaseAddress, RunningControlPlane.KeyOf("a1"), "a1", "keyboard");
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(plane.Host.BaseAddress, width: 400);

        await page.GotoAsync("/");
        await Expect(page.GetByLabel("Operator key")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(RunningControlPlane.OperatorKey);
        await page.Keyboard.PressAsync("Enter");
        await Expect(Row(page, "a1")).ToContainTextAsync("Live");

        await page.Keyboard.PressAsync("Tab"); // the filter
        await Expect(page.GetByLabel("Filter agents by id, name, version or system")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "a1", Exact = true })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "a2", Exact = true })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Space");
        await Expect(page.GetByLabel("Select a2")).ToBeCheckedAsync();
        await page.Keyboard.PressAsync("Home");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "a1", Exact = true })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "a1", Exact = true })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Ask for a sync" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#announcement")).ToHaveTextAsync("Asked a1 for a sync.");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#announcement > p")).ToHaveTextAsync(["Asked a1 for a sync.", "Asked a1 for a sync."]);
        await page.Keyboard.PressAsync("Tab"); // back to the list, which a narrow page has above
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Radio, new() { Name = "a1" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("t1");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Resume" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");

        Assert.Equal("resume", (await agent.Controls.ReadAsync(plane.Deadline)).Action);
        await Expect(Row(page, "resume t1")).ToContainTextAsync("Acknowledged");
        Assert.True(await IsWithoutOverflowAsync(page));
    }

    [SkippableFact]
    public async Task Lost_connection_is_a_banner_over_grey_rows_and_a_restart_is_the_reason_for_signing_in_again()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await StartAsync();
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(plane.Host.BaseAddress);
        await page.GotoAsync("/");
        await ScreenshotsAsync(page, "sign-in");
        await using (RealAgent agent = new(plane.Host.BaseAddress, RunningControlPlane.KeyOf("a1"), "a1", "Berlin"))
        {
            await SignInAsync(page);
            await Expect(Row(page, "a1")).ToContainTextAsync("Live");
            await Expect(Row(page, "a1")).ToContainTextAsync("Berlin");
            await Expect(page.Locator("#lost")).ToBeHiddenAsync();
            await plane.Host.StopAsync();
            await Expect(page.Locator("#lost")).ToContainTextAsync("Not connected since");
            await Expect(page.Locator("#lost").GetByRole(AriaRole.Alert)).ToHaveCountAsync(1);
            Assert.Equal("grayscale(1)", await Row(page, "a1").EvaluateAsync<string>("row => getComputedStyle(row).filter"));
            await ScreenshotsAsync(page, "lost");
        }

        await plane.Host.StartAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Try now" }).ClickAsync();
        await Expect(page.GetByText("The control plane was restarted at")).ToBeVisibleAsync();
        await Expect(page.Locator("#lost")).ToBeHiddenAsync();
        await SignInAsync(page);
        await Expect(Row(page, "a1")).ToContainTextAsync("Not back yet");
        await Expect(Row(page, "a1")).ToContainTextAsync("Berlin");
        await Expect(page.Locator("#restarted")).ToContainTextAsync("1 agent has not come back yet");
        await ScreenshotsAsync(page, "restarted");
    }

    [SkippableFact]
    public async Task Key_that_is_being_checked_shows_so()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await StartAsync();
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(plane.Host.BaseAddress);
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync("**/api/operator/session", async route =>
        {
            if (route.Request.Method == "POST")
            {
                await answer.Task;
            }

            await route.ContinueAsync();
        });

        await page.GotoAsync("/");
        await SignInAsync(page);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Checking the key…" })).ToHaveAttributeAsync("aria-busy", "true");
        await Expect(page.GetByText("The key is being checked.")).ToBeVisibleAsync();
        answer.SetResult();
        await Expect(Row(page, "a1")).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task Push_to_many_is_asked_for_followed_withdrawn_and_written_down()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            agents: 5, options => options with { TimeProvider = TimeProvider.System });
        await using RealAgent agent = new(plane.Host.BaseAddress, RunningControlPlane.KeyOf("a1"), "a1", "Berlin");
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(plane.Host.BaseAddress);
        List<string> complaints = Complaints(page);
        await page.GotoAsync("/");
        await SignInAsync(page);
        await Expect(Row(page, "a1")).ToContainTextAsync("Live");

        await page.GetByRole(AriaRole.Button, new() { Name = "Not seen yet" }).ClickAsync();
        await Expect(Row(page, "a1")).ToHaveCountAsync(0);
        await Expect(page.Locator("#agents-count")).ToHaveTextAsync("4 of 5");
        await page.GetByRole(AriaRole.Button, new() { Name = "Not seen yet" }).ClickAsync();
        await page.GetByLabel("Filter agents by id, name, version or system").FillAsync("BERLIN");
        await Expect(page.Locator("#agents-count")).ToHaveTextAsync("1 of 5");
        await page.GetByLabel("Filter agents by id, name, version or system").FillAsync("");
        await page.GetByRole(AriaRole.Button, new() { Name = "Agent", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Agent" })).ToHaveAttributeAsync("aria-sort", "descending");
        await Expect(page.GetByRole(AriaRole.Row).Nth(1)).ToHaveAttributeAsync("aria-rowindex", new Regex("[2-6]"));
        await ScreenshotsAsync(page, "agents");

        foreach (string id in new[] { "a1", "a2", "a3" })
        {
            await page.GetByLabel($"Select {id}").CheckAsync();
        }

        await page.GetByRole(AriaRole.Radio, new() { Name = "selected: 3" }).CheckAsync();
        await page.GetByLabel("Task id").FillAsync("t1");
        await page.GetByText("Parameters, expiry, and actions of your own").ClickAsync();
        await page.GetByLabel("Parameters, as JSON").FillAsync("{\"limit\": 1");
        await Expect(page.Locator("#params-error")).ToContainTextAsync("This is not JSON");
        await Expect(page.GetByLabel("Parameters, as JSON")).ToHaveAttributeAsync("aria-invalid", "true");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await page.GetByLabel("Parameters, as JSON").FillAsync("{\"limit\": 1}");
        await page.GetByLabel("Expires after").FillAsync("1h");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Push pause t1 to 3 agents?");
        await ScreenshotsAsync(page, "confirm");
        await page.GetByRole(AriaRole.Button, new() { Name = "Push it" }).ClickAsync();

        await Expect(page.Locator("#pushes")).ToContainTextAsync("1 of 3");
        await Expect(page.Locator("#pushes")).ToContainTextAsync("On its way: 2, Acknowledged: 1");
        await Expect(page.Locator("#pushes")).ToContainTextAsync("by operator");
        await Expect(page.Locator("#pushes")).ToContainTextAsync("expires");
        await Expect(Row(page, "a2")).ToContainTextAsync("On its way");
        await Expect(page.GetByRole(AriaRole.Progressbar, new() { Name = "Progress of pause t1" })).ToHaveCountAsync(1);
        await ScreenshotsAsync(page, "pushes");
        await page.GetByRole(AriaRole.Button, new() { Name = "Withdraw the rest" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Withdraw it" }).ClickAsync();
        await Expect(page.Locator("#pushes")).ToContainTextAsync("Withdrawn: 2, Acknowledged: 1");

        await page.GetByRole(AriaRole.Link, new() { Name = "Audit" }).ClickAsync();
        await Expect(page.Locator("#audit")).ToContainTextAsync("Push to many");
        await Expect(page.Locator("#audit tr")).ToHaveCountAsync(3);
        await page.GetByLabel("Filter the audit log").FillAsync("withdraw");
        await Expect(page.Locator("#audit-count")).ToHaveTextAsync("1 of 3");
        await page.GetByLabel("Filter the audit log").FillAsync("");
        await ScreenshotsAsync(page, "audit");

        await page.GetByRole(AriaRole.Link, new() { Name = "History" }).ClickAsync();
        await page.GetByLabel("Agent", new() { Exact = true }).FillAsync("a2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show", Exact = true }).ClickAsync();
        await Expect(Row(page, "pause t1")).ToContainTextAsync("Withdrawn");
        await ScreenshotsAsync(page, "history");
        IDownload download = await page.RunAndWaitForDownloadAsync(
            () => page.GetByRole(AriaRole.Link, new() { Name = "Export all" }).ClickAsync());
        Assert.Equal(3, (await File.ReadAllLinesAsync(await download.PathAsync())).Length);
        Assert.Empty(complaints);
    }

    [SkippableFact]
    public async Task Control_on_its_way_is_withdrawn_from_the_page()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await StartAsync();
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(plane.Host.BaseAddress);
        await page.GotoAsync("/#a2");
        await SignInAsync(page);
        await page.GetByLabel("Task id").FillAsync("t1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(Row(page, "pause t1")).ToContainTextAsync("On its way");
        await page.GetByRole(AriaRole.Button, new() { Name = "Withdraw pause t1" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Withdraw it" }).ClickAsync();
        await Expect(Row(page, "pause t1")).ToContainTextAsync("Withdrawn");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Withdraw pause t1" })).ToHaveCountAsync(0);
        Assert.Empty((await plane.SyncAsync("a2")).ControlIds);
    }

    [SkippableFact]
    public async Task Wrong_key_is_told_and_signing_out_ends_what_is_shown()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await StartAsync();
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(plane.Host.BaseAddress);

        await page.GotoAsync("/");
        await page.GetByLabel("Operator key").FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert).First).ToHaveTextAsync("This is not the operator's key.");

        await SignInAsync(page);
        await Expect(Row(page, "a1")).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Expect(Row(page, "a1")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.GetByLabel("Operator key")).ToBeFocusedAsync();
        await Expect(page.GetByRole(AriaRole.Table)).ToHaveCountAsync(0);
        await page.ReloadAsync();
        await Expect(page.GetByLabel("Operator key")).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task Page_works_under_a_path_that_a_proxy_takes_off()
    {
        Needs.Program(Chromium.Program);
        Needs.Program(Nginx.Program);
        await using RunningControlPlane plane = await StartAsync();
        string controlPlane = plane.Host.BaseAddress.GetLeftPart(UriPartial.Authority);
        (Nginx nginx, Uri address) = await Nginx.StartAsync(
            plane.Host.BaseAddress, $"location /under/a/path/ {{ proxy_pass {controlPlane}/; }}");
        await using Nginx _ = nginx;
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(address);
        List<string> complaints = Complaints(page);

        await page.GotoAsync("/under/a/path/");
        await SignInAsync(page);
        await Expect(Row(page, "a1")).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Expect(Row(page, "a1")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.ReloadAsync();
        await Expect(page.GetByLabel("Operator key")).ToBeVisibleAsync();
        Assert.Empty(complaints);
    }

    private static Task<RunningControlPlane> StartAsync() =>
        RunningControlPlane.StartAsync(configure: options => options with { TimeProvider = TimeProvider.System });

    private static async Task SignInAsync(IPage page)
    {
        await page.GetByLabel("Operator key").FillAsync(RunningControlPlane.OperatorKey);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    private static ILocator Row(IPage page, string first) =>
        page.GetByRole(AriaRole.Row).Filter(new() { Has = page.GetByText(first, new() { Exact = true }) });

    /// <summary>What the browser says went wrong: scripts that failed, and what the content security policy refused.</summary>
    private static List<string> Complaints(IPage page)
    {
        List<string> complaints = [];
        page.PageError += (_, error) => complaints.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                complaints.Add(message.Text);
            }
        };
        return complaints;
    }

    private static Task<bool> IsWithoutOverflowAsync(IPage page) =>
        page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth");

    private static async Task ScreenshotsAsync(IPage page, string view)
    {
        string? named = Environment.GetEnvironmentVariable(ScreenshotsVariable);
        string folder = string.IsNullOrEmpty(named) ? Path.Combine(AppContext.BaseDirectory, "TestResults", "screenshots") : named;
        foreach ((string name, ColorScheme scheme, int width) in new[]
        {
            ("dark", ColorScheme.Dark, 1200), ("phone", ColorScheme.Light, 360), ("light", ColorScheme.Light, 1200),
        })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.SetViewportSizeAsync(width, 800);
            Assert.True(await IsWithoutOverflowAsync(page), $"The view '{view}' is too wide in {name}.");
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{view}-{name}.png"), FullPage = true });
        }
    }

    [GeneratedRegex(@"Acknowledged.*\d+(\.\d)? m?s")]
    private static partial Regex AcknowledgedWithLatency();

    [GeneratedRegex(@"cancel t1, delete files: acknowledged by a1 after \d+(\.\d)? m?s\.")]
    private static partial Regex AnnouncedWithLatency();
}
