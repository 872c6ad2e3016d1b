using Microsoft.AspNetCore.Diagnostics;

namespace Unarr.Agents.Hub.Web;

/// <summary>Answers an application's own request that needed the store while it could not be used, where the application has
/// <c>UseExceptionHandler</c>.</summary>
internal sealed class StoreFailureHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not ControlStoreException failure)
        {
            return false;
        }

        await RequestErrors.AnswerAsync(httpContext, failure).ConfigureAwait(false);
        return true;
    }
}
