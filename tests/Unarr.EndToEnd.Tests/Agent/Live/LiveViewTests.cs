extern alias UnarrAgent;

using System.Text;
using UnarrAgent::Unarr.Agent.Live;

namespace Unarr.EndToEnd.Tests.Agent.Live;

public sealed class LiveViewTests : IDisposable
{
    private readonly MemoryStream _terminal = new();
    private string[] _lines = ["one", "two"];

    [Fact]
    public void View_is_drawn_over_itself_and_a_log_line_goes_above_it()
    {
        LiveView view = new(_terminal, () => _lines);

        view.Draw();
        Assert.Equal("\e[?25l\rone\e[K\ntwo\e[K\n\e[J", Written());

        view.Draw("warning: \e[2J");

        Assert.Equal("\e[?25l\e[2A\rwarning:  [2J\e[K\none\e[K\ntwo\e[K\n\e[J", Written());

        _lines = ["three"];
        view.Draw();
        Assert.Equal("\e[?25l\e[2A\rthree\e[K\n\e[J", Written());
    }

    [Fact]
    public void End_gives_the_cursor_back()
    {
        LiveView view = new(_terminal, () => _lines);
        view.End("last");

        Assert.EndsWith("last\e[K\none\e[K\ntwo\e[K\n\e[J\e[?25h", Written(), StringComparison.Ordinal);
    }

    public void Dispose() => _terminal.Dispose();

    private string Written()
    {
        string text = Encoding.UTF8.GetString(_terminal.ToArray());
        _terminal.SetLength(0);
        return text;
    }
}
