using System.Security.Claims;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Audit;
using Unarr.ControlPlane.Lines;

namespace Unarr.ControlPlane.Operator;

/// <summary>Writes down what operators ask for, with its outcome, before they are answered.</summary>
internal sealed class OperatorAudit(AuditLog log, TimeProvider time, ILogger<OperatorAudit> logger)
{
    /// <summary>Who asks where no name is known: the operator of the keys file's <c>operator</c>.</summary>
    public const string DefaultName = "operator";

    /// <summary>The name of the operator who makes a request.</summary>
    public static string NameOf(HttpContext context) =>
        context.User.FindFirst(ClaimTypes.Name)?.Value is { Length: > 0 } name ? name : DefaultName;

    /// <summary>Does what an operator asks for, and writes it down however it ends.</summary>
    /// <param name="context">The request.</param>
    /// <param name="action">One of <see cref="AuditAction"/>.</param>
    /// <param name="work">Does it, and notes what there is to know.</param>
    public async Task<T> RecordAsync<T>(HttpContext context, string action, Func<AuditNote, Task<T>> work)
    {
        AuditNote note = new();
        try
        {
            T result = await work(note).ConfigureAwait(false);
            Add(context, action, note);
            return result;
        }
        catch (Exception exception)
        {
            (note.Outcome, note.Reason) = Explain(exception, context);
            Add(context, action, note);
            throw;
        }
    }

    /// <summary>Does what an operator asks for, and writes it down however it ends.</summary>
    /// <param name="context">The request.</param>
    /// <param name="action">One of <see cref="AuditAction"/>.</param>
    /// <param name="work">Does it, and notes what there is to know.</param>
    public Task RecordAsync(HttpContext context, string action, Func<AuditNote, Task> work) => RecordAsync(
        context, action, async note =>
        {
            await work(note).ConfigureAwait(false);
            return true;
        });

    /// <summary>Writes down who signs in, and whose key is refused.</summary>
    public RequestDelegate SignIn(RequestDelegate handler) => async context =>
    {
        try
        {
            await handler(context).ConfigureAwait(false);
        }
        catch (RequestException refusal) when (
            refusal.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status429TooManyRequests)
        {
            log.Add(Entry(context, AuditAction.SignInRefused) with
            {
                Operator = null,
                Outcome = AuditOutcome.Refused,
                Reason = refusal.Message,
            });
            throw;
        }

        log.Add(Entry(context, AuditAction.SignIn));
    };

    /// <summary>Writes down who signs out.</summary>
    /// <param name="isSignedIn">Whether whoever asks is signed in.</param>
    /// <param name="handler">Signs out.</param>
    public RequestDelegate SignOut(Func<HttpContext, bool> isSignedIn, RequestDelegate handler) => async context =>
    {
        bool wasSignedIn = isSignedIn(context);
        await handler(context).ConfigureAwait(false);
        if (wasSignedIn)
        {
            log.Add(Entry(context, AuditAction.SignOut));
        }
    };

    private static (string Outcome, string Reason) Explain(Exception exception, HttpContext context) => exception switch
    {
        RequestException refusal => (AuditOutcome.Refused, refusal.Message),
        ControlStoreException failure => (AuditOutcome.Failed, RequestErrors.StoreFailure(failure)),
        BadHttpRequestException bad => (AuditOutcome.Refused, bad.Message),
        OperationCanceledException or IOException when context.RequestAborted.IsCancellationRequested =>
            (AuditOutcome.Failed, "The client gave up: it is not known what was done."),
        _ => (AuditOutcome.Failed, exception.GetType().Name),
    };

    private void Add(HttpContext context, string action, AuditNote note)
    {
        AuditEntry entry = Entry(context, action) with
        {
            Agents = note.Agents.Count == 0 ? null : [.. note.Agents.Take(AuditEntry.MaxNamed).Select(Shorten.Text)],
            AgentCount = note.Agents.Count == 0 ? null : note.Agents.Count,
            Chosen = note.Chosen is { } chosen ? Shorten.Text(chosen) : null,
            Controls = note.Controls.Count == 0 ? null : [.. note.Controls.Take(AuditEntry.MaxControls).Select(AuditControl.From)],
            ControlCount = note.Controls.Count == 0 ? null : note.Controls.Count,
            ControlIds = note.ControlIds.Count == 0 ? null : [.. note.ControlIds.Take(AuditEntry.MaxNamed).Select(Shorten.Text)],
            DeletesFiles = note.Controls.Any(static control => control.DeleteFiles),
            ExpiresAt = note.ExpiresAt,
            Outcome = note.Outcome,
            DoneCount = note.DoneCount,
            Reason = note.Reason is { } reason ? Shorten.Text(reason) : null,
        };
        log.Add(entry);
        if (logger.IsEnabled(LogLevel.Information))
        {
            ControlPlaneLog.OperatorDid(
                logger, entry.Operator ?? "", entry.Address, action, Printable.Text(entry.AgentsText), entry.Outcome);
        }
    }

    private AuditEntry Entry(HttpContext context, string action) => new()
    {
        At = time.GetUtcNow(),
        Operator = NameOf(context),
        Address = AddressOf(context),
        Action = action,
        Outcome = AuditOutcome.Done,
    };

    private static string? AddressOf(HttpContext context) => context.Connection.RemoteIpAddress switch
    {
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        { } address => address.ToString(),
        null => null,
    };
}
