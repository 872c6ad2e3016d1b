using System.Text;

namespace Unarr.Agent;

/// <summary>Standard error, which ends nothing when it cannot be written (its disk is full, its reader has gone): there is nowhere left to tell.</summary>
internal sealed class StandardError(TextWriter error) : TextWriter
{
    public override Encoding Encoding => error.Encoding;

    public override void Write(char value) => Try(() => error.Write(value));

    public override void Write(string? value) => Try(() => error.Write(value));

    public override void WriteLine(string? value) => Try(() => error.WriteLine(value));

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next one may get through again.
        }
    }
}
